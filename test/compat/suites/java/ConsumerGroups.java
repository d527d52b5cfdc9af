/*
 * kafka-consumer-groups, line by line: plays consumer_groups.txt, a story of topics, members and commands with what the tool
 * printed for Apache Kafka, and compares. One Java machine for all commands. Run as one source file:
 *
 *   java -cp 'JARS/*' ConsumerGroups.java STORY HOST:PORT         UPDATE=1 writes what is printed into the story
 *
 * Words: topic NAME PARTITIONS · produce NAME PARTITION COUNT (from 2023-11-14T22:13:20Z on, one a second) ·
 * join MEMBER PROTOCOL GROUP TOPIC [INSTANCE] (waits for partitions) · commit MEMBER TOPIC PARTITION OFFSET ·
 * leave MEMBER · settled GROUP MEMBERS · "$ …" a command of the tool, "> %FILE" its output into a file.
 * @NAME is a name of this run alone. Out of what is printed: blank lines, widths of columns, ids of members, the port, traces;
 * rows of a table are sorted, and lines about groups that are not this run's are left out.
 */
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;
import joptsimple.OptionException;

public class ConsumerGroups {
    static final long FIRST_TIMESTAMP = 1_700_000_000_000L;
    static final int WAIT_SECONDS = 30;
    static final String RULE = "----";
    static final Pattern TRACE = Pattern.compile("^(\\s+at |\\s+\\.\\.\\. |Caused by: |(java|org)\\.[\\w.$]+(Exception|Error)(:|$))");
    static final Map<String, Member> MEMBERS = new HashMap<>();
    static String bootstrap;
    static String prefix;
    static Path files;
    static Admin admin;

    /** What ends a command instead of the machine. */
    static final class Ended extends RuntimeException {
        final int status;

        Ended(int status) {
            this.status = status;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path story = Path.of(arguments[0]);
        bootstrap = arguments[1];
        prefix = "kcg" + System.currentTimeMillis() + "-";
        files = Files.createTempDirectory("gregor-consumer-groups-");
        Exit.setExitProcedure((status, message) -> {
            throw new Ended(status);
        });
        admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap)); // the log takes standard error now
        int commands = 0;
        try {
            List<String> expected = Files.readAllLines(story);
            List<String> played = play(expected);
            commands = (int) played.stream().filter(line -> line.startsWith("$ ")).count();
            if (System.getenv("UPDATE") != null) Files.write(story, played);
            else compare(expected, played);
        } finally {
            for (Member member : MEMBERS.values()) member.leave();
            admin.close();
            try (Stream<Path> left = Files.walk(files)) {
                left.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
        }
        System.out.println(commands + " commands of kafka-consumer-groups, line by line as against Apache Kafka");
    }

    /** The story with what was printed this time. */
    static List<String> play(List<String> story) throws Exception {
        List<String> played = new ArrayList<>();
        boolean isOutput = false;
        for (String line : story) {
            if (line.isBlank()) isOutput = false;
            if (isOutput) continue;
            played.add(line);
            if (line.isBlank() || line.startsWith("#")) continue;
            if (line.equals(RULE)) {
                isOutput = true;
                continue;
            }
            if (line.startsWith("$ ")) {
                played.add(RULE);
                played.addAll(command(line.substring(2)));
                isOutput = true;
            } else word(line.split(" "));
        }
        return played;
    }

    static void compare(List<String> expected, List<String> played) {
        for (int at = 0; at < Math.max(expected.size(), played.size()); at++) {
            String wanted = at < expected.size() ? expected.get(at) : "<end>";
            String printed = at < played.size() ? played.get(at) : "<end>";
            if (wanted.equals(printed)) continue;
            int from = at;
            while (from > 0 && !played.get(Math.min(from, played.size() - 1)).startsWith("$ ")) from--;
            List<String> shown = played.subList(from, Math.min(played.size(), at + 12));
            throw new AssertionError("line " + (at + 1) + ": expected\n  " + wanted + "\ngot\n  " + printed
                + "\nin\n" + String.join("\n", shown));
        }
    }

    static List<String> command(String line) throws Exception {
        String[] sides = line.split(" > %");
        List<String> arguments = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
        for (String word : sides[0].split(" ")) {
            String named = word.replace("@", prefix);
            arguments.add(named.startsWith("%") ? files.resolve(named.substring(1)).toString() : named);
        }
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream output = System.out;
        PrintStream errors = System.err;
        PrintStream both = new PrintStream(printed, true);
        Optional<Integer> status = Optional.empty();
        try {
            System.setOut(both);
            System.setErr(both);
            ConsumerGroupCommand.main(arguments.toArray(String[]::new));
        } catch (Ended ended) {
            status = Optional.of(ended.status);
        } catch (OptionException refused) {
            both.println(refused);
        } finally {
            System.setOut(output);
            System.setErr(errors);
        }
        if (sides.length > 1) Files.write(files.resolve(sides[1]), printed.toByteArray());
        boolean isAboutAll = line.contains("--list") || line.contains("--all-groups");
        List<String> lines = normalised(printed.toString(), isAboutAll);
        status.ifPresent(code -> lines.add("ended with " + code));
        return lines;
    }

    static List<String> normalised(String printed, boolean isAboutAll) {
        List<String> lines = new ArrayList<>();
        List<String> rows = new ArrayList<>();
        for (String line : printed.split("\n")) {
            if (line.startsWith("Option ")) break; // the manual of the tool
            if (line.isBlank() || TRACE.matcher(line).find()) continue;
            String text = line.strip().replaceAll(" +", " ");
            boolean isRow = text.contains(prefix);
            if (isAboutAll && !isRow && !text.startsWith("GROUP ") && !text.startsWith("Error")) continue; // another's group
            text = text
                .replace(prefix, "@")
                .replace(bootstrap, "<broker>")
                .replace(files.toString() + "/", "%")
                .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>")
                .replaceAll("(?<= )[A-Za-z0-9_-]{22}(?= )", "<id>");
            if (!isRow) {
                flush(rows, lines);
                lines.add(text);
            } else rows.add(text);
        }
        flush(rows, lines);
        return lines;
    }

    static void flush(List<String> rows, List<String> lines) {
        rows.stream().sorted().forEach(lines::add);
        rows.clear();
    }

    static void word(String[] words) throws Exception {
        switch (words[0]) {
            case "topic" -> admin.createTopics(List.of(
                new NewTopic(named(words[1]), Integer.parseInt(words[2]), (short) 1).configs(Map.of("retention.ms", "-1"))
            )).all().get();
            case "produce" -> produce(named(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
            case "join" -> MEMBERS.put(words[1], new Member(words));
            case "commit" -> MEMBERS.get(words[1]).commit(
                new TopicPartition(named(words[2]), Integer.parseInt(words[3])), Long.parseLong(words[4]));
            case "leave" -> MEMBERS.remove(words[1]).leave();
            case "settled" -> settled(named(words[1]), Integer.parseInt(words[2]));
            default -> throw new IllegalArgumentException("there is no word " + words[0]);
        }
    }

    static String named(String word) {
        return word.replace("@", prefix);
    }

    static void produce(String topic, int partition, int count) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < count; n++)
                producer.send(new ProducerRecord<>(topic, partition, FIRST_TIMESTAMP + n * 1000L, "k", "v" + n)).get();
        }
    }

    static void settled(String group, int members) throws Exception {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS); ; Thread.sleep(50)) {
            ConsumerGroupDescription found = admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get();
            boolean isQuiet = found.groupState() == GroupState.STABLE || found.groupState() == GroupState.EMPTY;
            if (isQuiet && found.members().size() == members) return;
            if (System.nanoTime() > end) throw new AssertionError(group + " is not settled: " + found);
        }
    }

    /** A consumer that polls in a thread of its own until it leaves. */
    static final class Member {
        final KafkaConsumer<String, String> consumer;
        final ConcurrentLinkedQueue<Runnable> work = new ConcurrentLinkedQueue<>();
        final CountDownLatch assigned = new CountDownLatch(1);
        final Thread thread;
        volatile boolean isLeaving;

        Member(String[] words) throws Exception {
            Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap,
                "client.id", words[1],
                "group.protocol", words[2],
                "group.id", named(words[3]),
                "enable.auto.commit", "false",
                "auto.offset.reset", "earliest"
            ));
            if (words.length > 5) settings.put("group.instance.id", words[5]);
            consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
            consumer.subscribe(List.of(named(words[4])), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    if (!partitions.isEmpty()) assigned.countDown();
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
            });
            thread = new Thread(this::poll, words[1]);
            thread.setDaemon(true);
            thread.start();
            if (!assigned.await(WAIT_SECONDS, TimeUnit.SECONDS))
                throw new AssertionError(Arrays.toString(words) + ": no partitions");
        }

        void poll() {
            while (!isLeaving) {
                consumer.poll(Duration.ofMillis(50));
                for (Runnable one = work.poll(); one != null; one = work.poll()) one.run();
            }
            consumer.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)); // static ones too
        }

        void commit(TopicPartition partition, long offset) throws Exception {
            CountDownLatch done = new CountDownLatch(1);
            work.add(() -> {
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
                done.countDown();
            });
            if (!done.await(WAIT_SECONDS, TimeUnit.SECONDS)) throw new AssertionError("commit " + partition);
        }

        void leave() throws Exception {
            isLeaving = true;
            thread.join();
        }
    }
}

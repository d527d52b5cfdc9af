/*
 * The Java clients: admin, an idempotent producer with every compression, headers, timestamps, a group that commits and
 * resumes, offsets by time, settings, deletes, first contact. Run as one source file:  java -cp 'JARS/*' Suite.java HOST:PORT
 */
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

public class Suite {
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    /** Not of long ago: the first look of the retention, 30 s after the broker's start, would delete the records. */
    static final long FIRST_TIMESTAMP = System.currentTimeMillis() - 60_000;
    static final Duration POLL = Duration.ofMillis(500);
    static final long READ_NANOS = 30_000_000_000L;
    static final boolean IS_GREGOR = "gregor".equals(System.getenv("COMPAT_TARGET"));
    static final int ROUNDS = 5;
    static final double EXTRA_MS_MAX = 100;
    /** What the clients log, which is warnings and errors: log4j2 takes standard error as it is when the first client comes up. */
    static final ByteArrayOutputStream LOGGED = new ByteArrayOutputStream();
    static String bootstrap;
    static String topic;

    public static void main(String[] arguments) throws Exception {
        bootstrap = arguments[arguments.length - 1];
        topic = "java-" + System.currentTimeMillis();
        PrintStream terminal = System.err;
        System.setErr(new PrintStream(LOGGED, true));
        try {
            run();
        } finally {
            System.setErr(terminal);
        }
    }

    static void run() throws Exception {
        String contact;
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
            topics(admin);
            for (String codec : CODECS) produce(codec, 20);
            groups(admin);
            offsets(admin);
            settings(admin);
            contact = firstContact(admin, false) + "; " + firstContact(admin, true);
            admin.deleteTopics(List.of(topic)).all().get();
            same("the topic is gone", false, admin.listTopics().names().get().contains(topic));
        }
        System.out.println("Java clients " + AppInfoParser.getVersion() + ": topics, settings, all compressions, headers, timestamps, idempotent producer, group resumes,"
            + " offsets by time, delete records, groups; " + contact);
    }

    static void topics(Admin admin) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
        var described = describe(admin);
        // Gregor must know what it has just acknowledged; Apache Kafka's brokers learn of it a little later.
        for (int tries = 0; tries < 100 && described.partitions().size() != 3 && !IS_GREGOR; tries++) {
            Thread.sleep(20);
            described = describe(admin);
        }
        same("partitions", 3, described.partitions().size());
        same("brokers", 1, admin.describeCluster().nodes().get().size());
        same("three replicas are accepted", IS_GREGOR, acceptsThreeReplicas(admin));
        same("leader", admin.describeCluster().controller().get().id(), described.partitions().get(0).leader().id());
    }

    static TopicDescription describe(Admin admin) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    }

    static boolean acceptsThreeReplicas(Admin admin) throws Exception {
        try {
            admin.createTopics(List.of(new NewTopic(topic + "-three", 1, (short) 3))).all().get();
            return true;
        } catch (ExecutionException error) {
            same("the refusal", InvalidReplicationFactorException.class, error.getCause().getClass());
            return false;
        }
    }

    static void produce(String codec, int count) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "compression.type", codec,
            "enable.idempotence", true, "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
            for (int n = 0; n < count; n++)
                sent.add(producer.send(new ProducerRecord<>(topic, null, FIRST_TIMESTAMP + n, "k" + n, codec + "-" + n,
                    List.of(new RecordHeader("h", "x".getBytes(StandardCharsets.UTF_8))))));
        }
        for (Future<RecordMetadata> future : sent) same("an offset", true, future.get().offset() >= 0);
    }

    static List<ConsumerRecord<String, String>> read(String group, int count) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "group.id", group, "auto.offset.reset", "earliest",
            "enable.auto.commit", false, "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class);
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(topic));
            for (long until = System.nanoTime() + READ_NANOS; records.size() < count && System.nanoTime() < until;)
                consumer.poll(POLL).forEach(records::add);
            consumer.commitSync();
        }
        same("records that the group read", count, records.size());
        return records;
    }

    static void groups(Admin admin) throws Exception {
        String group = topic + "-group";
        Set<String> values = new HashSet<>();
        for (var record : read(group, 100)) {
            values.add(record.value());
            same("the header", "x", new String(record.headers().lastHeader("h").value(), StandardCharsets.UTF_8));
            same("the timestamp", FIRST_TIMESTAMP + Integer.parseInt(record.key().substring(1)), record.timestamp());
        }
        same("values", 100, values.size());
        produce("lz4", 3);
        read(group, 3);
        Collection<GroupListing> listed = admin.listGroups().all().get();
        same("the group is listed", true, listed.stream().anyMatch(listing -> listing.groupId().equals(group)));
        var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        same("members of the group", 0, described.members().size());
        var committed = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        same("committed", 103L, committed.values().stream().mapToLong(offset -> offset.offset()).sum());
        admin.deleteConsumerGroupOffsets(group, Set.of(new TopicPartition(topic, 0))).all().get();
        admin.deleteConsumerGroups(List.of(group)).all().get();
    }

    static void offsets(Admin admin) throws Exception {
        List<TopicPartition> partitions = IntStream.range(0, 3).mapToObj(n -> new TopicPartition(topic, n)).toList();
        same("records", 103L, sum(admin, partitions, OffsetSpec.latest()));
        same("the start", 0L, sum(admin, partitions, OffsetSpec.earliest()));
        same("offsets by time", 0L, sum(admin, partitions, OffsetSpec.forTimestamp(FIRST_TIMESTAMP - 1)));
        TopicPartition first = partitions.get(0);
        admin.deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(2))).all().get();
        same("the start after a delete", 2L, sum(admin, List.of(first), OffsetSpec.earliest()));
    }

    static long sum(Admin admin, List<TopicPartition> partitions, OffsetSpec spec) throws Exception {
        var asked = partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> spec));
        return admin.listOffsets(new HashMap<>(asked)).all().get().values().stream().mapToLong(found -> found.offset()).sum();
    }

    static void settings(Admin admin) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        same("retention.ms", "604800000", valueOf(admin, resource, "retention.ms"));
        var change = new AlterConfigOp(new ConfigEntry("retention.ms", "3600000"), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
        for (int tries = 0; tries < 100 && !IS_GREGOR && !valueOf(admin, resource, "retention.ms").equals("3600000"); tries++) Thread.sleep(20);
        same("retention.ms after the change", "3600000", valueOf(admin, resource, "retention.ms"));
    }

    static String valueOf(Admin admin, ConfigResource resource, String name) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
    }

    /** From making the clients to the first record in hand: a topic that comes into being by it against one that exists. */
    static String firstContact(Admin admin, boolean isConsumerFirst) throws Exception {
        double existing = Double.MAX_VALUE;
        double fresh = Double.MAX_VALUE;
        LOGGED.reset();
        for (int round = 0; round < ROUNDS; round++) {
            String name = topic + "-" + isConsumerFirst + "-" + round;
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
            // The best of several: a busy machine makes some rounds slow, a retry or a backoff makes all of them slow.
            existing = Math.min(existing, firstRecord(name, isConsumerFirst));
            fresh = Math.min(fresh, firstRecord(name + "-new", isConsumerFirst));
        }
        List<String> warnings = LOGGED.toString().lines().filter(line -> line.startsWith("WARN") || line.startsWith("ERROR")).toList();
        String told = String.format("%s first: %.0f ms on a new topic, %.0f ms on an existing one, %d warnings",
            isConsumerFirst ? "consumer" : "producer", fresh, existing, warnings.size());
        if (IS_GREGOR) same(told + warnings, true, warnings.isEmpty() && fresh - existing <= EXTRA_MS_MAX);
        return told;
    }

    static double firstRecord(String name, boolean isConsumerFirst) throws Exception {
        Map<String, Object> reads = Map.of("bootstrap.servers", bootstrap, "group.id", name, "auto.offset.reset", "earliest",
            "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class);
        Map<String, Object> writes = Map.of("bootstrap.servers", bootstrap,
            "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class);
        long began = System.nanoTime();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reads);
            KafkaProducer<String, String> producer = new KafkaProducer<>(writes)) {
            consumer.subscribe(List.of(name));
            while (isConsumerFirst && consumer.assignment().isEmpty()) consumer.poll(Duration.ofMillis(1));
            producer.send(new ProducerRecord<>(name, "first")).get();
            while (consumer.poll(POLL).isEmpty()) same("the first record in time", true, System.nanoTime() - began < READ_NANOS);
            return (System.nanoTime() - began) / 1e6;
        }
    }

    static void same(String what, Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError(what + ": expected " + expected + ", found " + found);
    }
}

/*
 * The Java clients in transactions: commits and aborts, both isolation levels, consume–process–produce with group metadata, a
 * fenced zombie, transactions described, listed and fenced by an admin. Run as one source file, like Suite.java.
 */
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

public class Transactions {
    static final int COUNT = 50;
    static final Duration POLL = Duration.ofMillis(300);
    static final long READ_NANOS = 20_000_000_000L;
    static String bootstrap;
    static String name;

    public static void main(String[] arguments) throws Exception {
        bootstrap = arguments[arguments.length - 1];
        name = "java-transactions-" + System.currentTimeMillis();
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(topic(name), topic(name + "-in"), topic(name + "-out"))).all().get();
            List<String> committed = commitsAndAborts();
            copy();
            zombie(committed);
            admin(admin);
        }
        System.out.println("Java clients " + AppInfoParser.getVersion()
            + ": commits, aborts, both isolation levels, consume-process-produce, a fenced zombie, described, listed, fenced by hand");
        System.exit(0);
    }

    static NewTopic topic(String topic) {
        return new NewTopic(topic, 2, (short) 1);
    }

    static KafkaProducer<String, String> transactional() {
        KafkaProducer<String, String> producer = new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", bootstrap, "transactional.id", name), new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    static KafkaConsumer<String, String> consumer(String group, String isolation) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", bootstrap, "group.id", group,
            "auto.offset.reset", "earliest", "enable.auto.commit", false, "isolation.level", isolation, "max.poll.records", 10));
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    static List<String> read(String topic, String isolation, int count) {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer(topic + isolation + count, isolation)) {
            consumer.subscribe(List.of(topic));
            long until = System.nanoTime() + READ_NANOS;
            while (values.size() < count && System.nanoTime() < until) consumer.poll(POLL).forEach(record -> values.add(record.value()));
            consumer.poll(POLL).forEach(record -> values.add(record.value()));
        }
        Collections.sort(values);
        return values;
    }

    static List<String> commitsAndAborts() {
        List<String> committed = new ArrayList<>();
        try (KafkaProducer<String, String> producer = transactional()) {
            for (int n = 0; n < 20; n++) {
                producer.beginTransaction();
                String value = (n % 4 == 3 ? "aborted " : "committed ") + n;
                for (int partition = 0; partition < 2; partition++) producer.send(new ProducerRecord<>(name, partition, "k", value + "/" + partition));
                if (n % 4 == 3) {
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                    for (int partition = 0; partition < 2; partition++) committed.add(value + "/" + partition);
                }
            }
        }
        Collections.sort(committed);
        same("read committed", committed, read(name, "read_committed", committed.size()));
        same("read uncommitted", 40, read(name, "read_uncommitted", 40).size());
        return committed;
    }

    static void copy() {
        try (KafkaProducer<String, String> plain = new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < COUNT; n++) plain.send(new ProducerRecord<>(name + "-in", String.valueOf(n)));
        }
        try (KafkaProducer<String, String> producer = transactional(); KafkaConsumer<String, String> consumer = consumer(name, "read_committed")) {
            consumer.subscribe(List.of(name + "-in"));
            for (int done = 0; done < COUNT; ) {
                ConsumerRecords<String, String> records = consumer.poll(POLL);
                if (records.isEmpty()) continue;
                producer.beginTransaction();
                Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                for (ConsumerRecord<String, String> record : records) {
                    producer.send(new ProducerRecord<>(name + "-out", "copy " + record.value()));
                    offsets.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
                producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
                producer.commitTransaction();
                done += records.count();
            }
            long sum = consumer.committed(consumer.assignment()).values().stream().filter(offset -> offset != null).mapToLong(OffsetAndMetadata::offset).sum();
            same("the group's offsets", (long) COUNT, sum);
        }
        List<String> copies = IntStream.range(0, COUNT).mapToObj(n -> "copy " + n).sorted().collect(Collectors.toList());
        same("the copy", copies, read(name + "-out", "read_committed", COUNT));
    }

    static void zombie(List<String> committed) {
        KafkaProducer<String, String> old = transactional();
        old.beginTransaction();
        old.send(new ProducerRecord<>(name, "zombie"));
        old.flush();
        try (KafkaProducer<String, String> young = transactional()) {
            try {
                old.send(new ProducerRecord<>(name, "zombie"));
                old.commitTransaction();
                throw new AssertionError("the old instance was not fenced");
            } catch (KafkaException fenced) {
                old.close(Duration.ZERO);
            }
            young.beginTransaction();
            young.send(new ProducerRecord<>(name, "young"));
            young.commitTransaction();
        }
        List<String> all = new ArrayList<>(committed);
        all.add("young");
        same("after the zombie", all, read(name, "read_committed", all.size()));
    }

    static void admin(Admin admin) throws Exception {
        KafkaProducer<String, String> producer = transactional();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(name, 0, "k", "open"));
        producer.flush();
        TransactionDescription described = admin.describeTransactions(List.of(name)).description(name).get();
        same("its state", TransactionState.ONGOING, described.state());
        same("its partitions", java.util.Set.of(new TopicPartition(name, 0)), described.topicPartitions());
        boolean listed = false;
        for (TransactionListing listing : admin.listTransactions().all().get()) listed |= listing.transactionalId().equals(name);
        same("listed", true, listed);
        long open = admin.describeProducers(List.of(new TopicPartition(name, 0))).partitionResult(new TopicPartition(name, 0)).get()
            .activeProducers().stream().filter(state -> state.currentTransactionStartOffset().isPresent()).count();
        same("open on the partition", 1L, open);
        admin.fenceProducers(List.of(name)).all().get();
        try {
            producer.commitTransaction();
            throw new AssertionError("not fenced");
        } catch (KafkaException fenced) {
            producer.close(Duration.ZERO);
        }
        same("aborted", TransactionState.COMPLETE_ABORT == state(admin) || TransactionState.EMPTY == state(admin), true);
    }

    static TransactionState state(Admin admin) throws Exception {
        return admin.describeTransactions(List.of(name)).description(name).get().state();
    }

    static void same(String what, Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError(what + ": expected " + expected + ", found " + found);
    }
}

/* Copies records with the Java clients, each batch in one transaction with its offsets. Runs until it is killed; what it cannot mend ends it. */
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.List;
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

public class Copier {
    public static void main(String[] arguments) {
        String source = arguments[0], target = arguments[1], name = arguments[2], bootstrap = arguments[3];
        // First the producer: its start ends what an earlier life left open, and only then are the group's offsets final.
        KafkaProducer<String, String> producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap,
            "transactional.id", name, "transaction.timeout.ms", 20_000), new StringSerializer(), new StringSerializer());
        try {
            producer.initTransactions();
        } catch (KafkaException error) {
            die(error);
        }
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", name,
            "auto.offset.reset", "earliest", "enable.auto.commit", false, "isolation.level", "read_committed", "max.poll.records", 200,
            "session.timeout.ms", 1_000, "heartbeat.interval.ms", 200), new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(source));
        while (true) {
            ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
            if (records.isEmpty()) continue;
            try {
                producer.beginTransaction();
                Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                for (ConsumerRecord<String, String> record : records) {
                    producer.send(new ProducerRecord<>(target, "copy " + record.value()));
                    offsets.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
                producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
                producer.commitTransaction();
            } catch (KafkaException error) {
                die(error); // whether the end arrived is not known: the next life finds out
            }
        }
    }

    static void die(KafkaException error) {
        System.err.println("fatal " + error);
        Runtime.getRuntime().halt(3);
    }
}

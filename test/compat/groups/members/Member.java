/** A group member that tells what it does as JSON lines: Kafka's Java consumer, classic, cooperative or consumer protocol. */
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Member {
    private static final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();

    public static void main(String[] args) throws Exception {
        String topic = args[1];
        String protocol = args[3];
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("group.id", args[2]);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("metadata.max.age.ms", "1000");
        if (args.length > 4 && !args[4].isEmpty()) settings.put("group.instance.id", args[4]);
        if (protocol.equals("consumer")) settings.put("group.protocol", "consumer");
        else {
            settings.put("session.timeout.ms", "6000");
            settings.put("heartbeat.interval.ms", "1000");
            String assignor = protocol.equals("cooperative") ? "CooperativeStickyAssignor" : "RangeAssignor";
            settings.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor);
        }
        var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.wakeup();
            try {
                main.join(10_000);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }));
        var listener = new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                if (partitions.isEmpty()) return;
                var offsets = new HashMap<>(done);
                offsets.keySet().retainAll(partitions);
                try {
                    if (!offsets.isEmpty()) consumer.commitSync(offsets);
                } catch (RuntimeException error) {
                    System.out.println("{\"event\":\"commit-failed\",\"error\":\"" + error.getClass().getName() + "\"}");
                }
                done.keySet().removeAll(partitions);
                tell("revoked", partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                if (!partitions.isEmpty()) tell("assigned", partitions);
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                done.clear();
                tell("lost", partitions);
            }
        };
        if (!topic.startsWith("^")) consumer.subscribe(java.util.List.of(topic), listener);
        else if (protocol.equals("consumer")) consumer.subscribe(new SubscriptionPattern(topic.substring(1)), listener);
        else consumer.subscribe(java.util.regex.Pattern.compile(topic), listener);
        try {
            while (true) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    var partition = new TopicPartition(record.topic(), record.partition());
                    System.out.println("{\"event\":\"record\",\"partition\":\"" + record.topic() + "/" + record.partition()
                        + "\",\"offset\":" + record.offset() + "}");
                    done.put(partition, new OffsetAndMetadata(record.offset() + 1));
                }
            }
        } catch (WakeupException stopped) {
            if (!done.isEmpty()) consumer.commitSync(done);
        } finally {
            consumer.close();
            System.out.println("{\"event\":\"closed\"}");
        }
    }

    private static void tell(String event, Collection<TopicPartition> partitions) {
        String names = partitions.stream()
            .map(partition -> "\"" + partition.topic() + "/" + partition.partition() + "\"")
            .collect(Collectors.joining(","));
        System.out.println("{\"event\":\"" + event + "\",\"partitions\":[" + names + "]}");
    }
}

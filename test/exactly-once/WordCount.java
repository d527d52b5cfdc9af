/*
 * Kafka Streams with exactly_once_v2: numbers become words, a repartition topic brings equal words together, a store counts them, and
 * every count goes to the output. Runs until it is killed; the store is in memory, so every life restores it from its changelog.
 */
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

public class WordCount {
    static final int WORDS = 20;

    public static void main(String[] arguments) {
        String source = arguments[0], target = arguments[1], name = arguments[2], bootstrap = arguments[3];
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(source, Consumed.with(Serdes.String(), Serdes.String()))
            .selectKey((key, value) -> "word " + Integer.parseInt(value) % WORDS)
            .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
            .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts")).withCachingDisabled())
            .toStream()
            .map((word, count) -> new org.apache.kafka.streams.KeyValue<>(word, word + " = " + count))
            .to(target, Produced.with(Serdes.String(), Serdes.String()));
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, Path.of(System.getProperty("java.io.tmpdir"), "gregor-" + name).toString());
        settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 1_000);
        settings.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 200);
        settings.put(StreamsConfig.consumerPrefix("max.poll.records"), 200);
        settings.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 20_000);
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setUncaughtExceptionHandler(error -> {
            System.err.println("fatal " + error);
            Runtime.getRuntime().halt(3); // its supervisor starts it again
            throw new IllegalStateException(error);
        });
        streams.start();
    }
}

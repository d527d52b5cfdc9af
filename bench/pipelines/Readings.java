/*
 * The pipeline of readings.ts in Kafka Streams: parse, filter, dedupe, re-order by event time, serialise, exactly once or at least once. Dedupe
 * and re-order are written by hand over state stores, as Kafka Streams has neither. One thread; state in memory with changelogs.
 *
 *   java -cp JARS Readings.java BOOTSTRAP SOURCE TARGET NAME STATE_FOLDER MODE GUARANTEE
 *
 * MODE: stateless, dedupe, reorder or all; GUARANTEE: exactly-once or at-least-once
 */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

public class Readings {
    static final ObjectMapper JSON = new ObjectMapper();
    static final long OUT_OF_ORDER_MS = 10_000;
    static final Duration WINDOW = Duration.ofMinutes(1);

    static final Serializer<JsonNode> WRITE = (topic, node) -> {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    };
    static final Deserializer<JsonNode> READ = (topic, bytes) -> {
        try {
            return JSON.readTree(bytes);
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    };
    static final Serde<JsonNode> NODES = Serdes.serdeFrom(WRITE, READ);

    public static void main(String[] arguments) {
        String bootstrap = arguments[0], source = arguments[1], target = arguments[2], name = arguments[3], mode = arguments[5];
        boolean isAll = mode.equals("all");
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, JsonNode> stream = builder
            .stream(source, Consumed.with(Serdes.String(), NODES))
            .filter((key, reading) -> !reading.get("kind").asText().equals("noise"));
        if (isAll || mode.equals("dedupe")) stream = stream.process(supplier(Dedupe::new, Dedupe.store()));
        if (isAll || mode.equals("reorder")) stream = stream.process(supplier(Reorder::new, Reorder.store()));
        stream.to(target, Produced.with(Serdes.String(), NODES));
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
            arguments[6].equals("exactly-once") ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[4]);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        new KafkaStreams(builder.build(), settings).start();
    }

    static ProcessorSupplier<String, JsonNode, String, JsonNode> supplier(
        java.util.function.Supplier<Processor<String, JsonNode, String, JsonNode>> make, StoreBuilder<?> store) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, JsonNode, String, JsonNode> get() {
                return make.get();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(store);
            }
        };
    }

    /**
     * Forwards the first record of each id within a minute of event time. By a plain store and an index in memory: a window store in memory
     * looks for a key at every moment of the window, which are thousands here.
     */
    static class Dedupe implements Processor<String, JsonNode, String, JsonNode> {
        private ProcessorContext<String, JsonNode> context;
        private KeyValueStore<String, Long> ids;
        private final TreeMap<Long, List<String>> byTime = new TreeMap<>();

        static StoreBuilder<?> store() {
            return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("ids"), Serdes.String(), Serdes.Long());
        }

        @Override
        public void init(ProcessorContext<String, JsonNode> context) {
            this.context = context;
            ids = context.getStateStore("ids");
            try (var all = ids.all()) {
                while (all.hasNext()) {
                    var row = all.next();
                    byTime.computeIfAbsent(row.value, at -> new ArrayList<>()).add(row.key);
                }
            }
        }

        @Override
        public void process(Record<String, JsonNode> record) {
            String id = record.value().get("id").asText();
            long at = record.value().get("at").asLong();
            if (ids.get(id) != null) return;
            ids.put(id, at);
            byTime.computeIfAbsent(at, moment -> new ArrayList<>()).add(id);
            while (byTime.firstKey() < byTime.lastKey() - OUT_OF_ORDER_MS - WINDOW.toMillis())
                byTime.pollFirstEntry().getValue().forEach(ids::delete);
            context.forward(record);
        }
    }

    /** Holds records by (event time, offset) until the newest is ten seconds further. */
    static class Reorder implements Processor<String, JsonNode, String, JsonNode> {
        private ProcessorContext<String, JsonNode> context;
        private KeyValueStore<Bytes, byte[]> held;
        private long newest = Long.MIN_VALUE;

        static StoreBuilder<?> store() {
            return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("held"), Serdes.Bytes(), Serdes.ByteArray());
        }

        @Override
        public void init(ProcessorContext<String, JsonNode> context) {
            this.context = context;
            held = context.getStateStore("held");
            try (var all = held.all()) {
                while (all.hasNext()) newest = Math.max(newest, ByteBuffer.wrap(all.next().key.get()).getLong());
            }
        }

        @Override
        public void process(Record<String, JsonNode> record) {
            long at = record.value().get("at").asLong();
            long offset = context.recordMetadata().get().offset();
            byte[] key = record.key().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            byte[] value = WRITE.serialize(null, record.value());
            held.put(keyOf(at, offset), ByteBuffer.allocate(4 + key.length + value.length).putInt(key.length).put(key).put(value).array());
            if (at <= newest) return;
            newest = at;
            try (var due = held.range(null, keyOf(newest - OUT_OF_ORDER_MS, 0))) {
                while (due.hasNext()) {
                    var row = due.next();
                    ByteBuffer bytes = ByteBuffer.wrap(row.value);
                    byte[] text = new byte[bytes.getInt()];
                    bytes.get(text);
                    byte[] rest = new byte[bytes.remaining()];
                    bytes.get(rest);
                    long time = ByteBuffer.wrap(row.key.get()).getLong();
                    context.forward(new Record<>(new String(text, java.nio.charset.StandardCharsets.UTF_8), READ.deserialize(null, rest), time));
                    held.delete(row.key);
                }
            }
        }

        private static Bytes keyOf(long at, long offset) {
            return Bytes.wrap(ByteBuffer.allocate(16).putLong(at).putLong(offset).array());
        }
    }
}

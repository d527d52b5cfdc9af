/* Sends one record for each id, as its key: BOOTSTRAP TOPIC plain|idempotent|commit|abort ID... */
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

public class Producer {
    public static void main(String[] arguments) throws Exception {
        String topic = arguments[1];
        String mode = arguments[2];
        boolean isTransactional = mode.equals("commit") || mode.equals("abort");
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", arguments[0],
                "compression.type", "zstd",
                "linger.ms", 5,
                "enable.idempotence", !mode.equals("plain")));
        if (isTransactional) settings.put("transactional.id", topic + "-" + mode);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            if (isTransactional) producer.initTransactions();
            if (isTransactional) producer.beginTransaction();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int n = 3; n < arguments.length; n++)
                sent.add(producer.send(new ProducerRecord<>(topic, arguments[n], "java")));
            producer.flush();
            for (Future<RecordMetadata> one : sent)
                if (one.get().offset() < 0) throw new IllegalStateException("no offset");
            if (mode.equals("commit")) producer.commitTransaction();
            if (mode.equals("abort")) producer.abortTransaction();
        }
    }
}

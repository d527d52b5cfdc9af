/* Sends numbered records with the Java producer, idempotent; prints the number of each acknowledged one, and of each that failed. */
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Producer {
    public static void main(String[] arguments) throws Exception {
        String topic = arguments[0];
        int count = Integer.parseInt(arguments[1]);
        Map<String, Object> settings = Map.of("bootstrap.servers", arguments[2], "linger.ms", 2, "reconnect.backoff.max.ms", 200,
            "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
            for (int n = 0; n < count; n++) {
                int number = n;
                producer.send(new ProducerRecord<>(topic, 0, null, String.valueOf(n)), (told, error) ->
                    System.out.println(error == null ? "ok " + number : "failed " + number + " " + error));
                Thread.sleep(1);
            }
        }
    }
}

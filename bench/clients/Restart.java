import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What an application sees of a broker that is restarted: one producer (500 records/s of 100 B, default settings) and a group of one, Kafka's own
 * Java client. BOOTSTRAP TOPIC GROUP; prints "ready" once records come through, then watches until its input is closed, then waits until
 * everything that was acknowledged was received, and prints the longest time between two acknowledgements, that between two
 * records received, and how many errors the application was told.
 */
public class Restart {
  static final int EVERY_MS = 2;
  static final int BYTES = 100;
  static final long GIVE_UP_MS = 60_000;
  static final AtomicLong acknowledged = new AtomicLong(), received = new AtomicLong(), errors = new AtomicLong();
  static final Gap acknowledgements = new Gap(), records = new Gap();
  static volatile boolean isReading = true, isSending = true, isWatched;

  /** The longest time between two events, while somebody watches. */
  static class Gap {
    private long last, longest;

    synchronized void event() {
      long now = System.nanoTime();
      if (isWatched && last != 0) longest = Math.max(longest, now - last);
      last = now;
    }

    synchronized double longestMs() {
      return longest / 1e6;
    }
  }

  public static void main(String[] args) throws Exception {
    Thread reader = new Thread(() -> read(args[0], args[1], args[2]));
    Thread sender = new Thread(() -> send(args[0], args[1]));
    reader.start();
    sender.start();
    while (received.get() < 1000) Thread.sleep(10);
    isWatched = true;
    System.out.println("ready");
    while (System.in.read() >= 0) continue;
    isWatched = false;
    isSending = false;
    sender.join();
    long until = System.currentTimeMillis() + GIVE_UP_MS;
    while (received.get() < acknowledged.get() && System.currentTimeMillis() < until) Thread.sleep(10);
    isReading = false;
    reader.join();
    System.out.printf("{\"producerGapMs\":%.1f,\"groupGapMs\":%.1f,\"errors\":%d,\"acknowledged\":%d,\"received\":%d}%n",
        acknowledgements.longestMs(), records.longestMs(), errors.get(), acknowledged.get(), received.get());
  }

  static void send(String bootstrap, String topic) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", bootstrap);
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (; isSending; Thread.sleep(EVERY_MS))
        producer.send(new ProducerRecord<>(topic, new byte[BYTES]), (metadata, error) -> {
          if (error != null) told(error);
          else acknowledged.incrementAndGet();
          acknowledgements.event();
        });
      producer.flush();
    } catch (Exception error) {
      told(error);
    }
  }

  static void read(String bootstrap, String topic, String group) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("group.id", group);
    settings.put("auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      while (isReading)
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          received.incrementAndGet();
          records.event();
        }
    } catch (Exception error) {
      told(error);
    }
  }

  static void told(Exception error) {
    errors.incrementAndGet();
    System.err.println(error);
  }
}

package dev.lmtp.client;

import static dev.lmtp.client.DeliveryTest.client;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.DeliveryResult;
import dev.lmtp.Envelope;
import dev.lmtp.RecipientResult;
import dev.lmtp.client.ScriptedPeer.Family;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a {@link DeliveryListener} hears of the content. */
class ProgressTest {

  private static final int SIZE = 3 << 20;

  private enum Source {
    BYTES,
    PATH,
    STREAM
  }

  @TempDir Path folder;

  private MessageSource source(Source kind) throws IOException {
    byte[] octets = ".x\n".repeat(SIZE / 3).getBytes(StandardCharsets.US_ASCII);
    byte[] clean = ".x\r\n".repeat(SIZE / 4).getBytes(StandardCharsets.US_ASCII);
    return switch (kind) {
      case BYTES -> MessageSource.of(octets);
      case PATH -> MessageSource.of(Files.write(folder.resolve("message"), clean));
      case STREAM -> MessageSource.of(new ByteArrayInputStream(octets));
    };
  }

  @ParameterizedTest
  @CsvSource({"BYTES, RCPTMAX=1, 2", "PATH, RCPTMAX=1, 2", "STREAM, RCPTMAX=9, 1"})
  @DisplayName("it rises to the content's octets, from 0 again for a further transaction")
  void rises(Source kind, String limit, int transactions) throws Exception {
    List<Long> heard = new ArrayList<>();
    List<OptionalLong> totals = new ArrayList<>();
    try (ScriptedPeer server =
        ScriptedPeer.start(
            Family.UNIX,
            peer -> {
              peer.greet("PIPELINING", "CHUNKING", "8BITMIME", "LIMITS " + limit);
              for (int i = 0; i < transactions; i++) {
                peer.message(
                    transactions == 1
                        ? new String[] {"250 2.0.0 Ok", "250 2.0.0 Ok"}
                        : new String[] {"250 2.0.0 Ok"});
              }
              peer.quit();
            })) {
      try (LmtpConnection connection = client(server).connect()) {
        DeliveryResult result =
            connection.deliver(
                Envelope.of("a@b", "one@c", "two@c"),
                source(kind),
                new DeliveryListener() {
                  @Override
                  public void decided(RecipientResult recipient) {}

                  @Override
                  public void sent(long octets, OptionalLong total) {
                    heard.add(octets);
                    totals.add(total);
                  }
                });
        assertTrue(result.allAccepted());
      }
    }
    OptionalLong total = kind == Source.STREAM ? OptionalLong.empty() : OptionalLong.of(SIZE);
    assertEquals(List.of(total), totals.stream().distinct().toList());
    int falls = 0;
    for (int i = 1; i < heard.size(); i++) {
      falls += heard.get(i) < heard.get(i - 1) ? 1 : 0;
    }
    assertEquals(transactions - 1, falls);
    assertEquals(SIZE, heard.get(heard.size() - 1));
    assertTrue(heard.size() >= 3 * transactions, heard::toString);
    assertTrue(heard.get(0) > 0 && heard.get(0) < SIZE, heard::toString);
  }
}

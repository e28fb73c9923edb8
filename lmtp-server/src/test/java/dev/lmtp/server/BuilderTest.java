package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.testing.Builders;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("what makes no sense is refused where it is said, not when the first peer comes")
class BuilderTest {

  private static LmtpServer.Builder builder() {
    return LmtpServer.builder(message -> message.replyAll(DeliveryAgent.RECIPIENT_OK));
  }

  @Test
  void nulls() {
    Builders.refuseNull(builder(), 13);
    Builders.refuseNull(MaildirAgent.builder("/mail/%n"), 2);
  }

  @Test
  void numbers() {
    for (Runnable call :
        List.<Runnable>of(
            () -> builder().wireLog(-1),
            () -> builder().maxConnections(0),
            () -> builder().maxConnections(65_001),
            () -> builder().maxConnectionsPerPeer(0),
            () -> builder().leastRate(0),
            () -> builder().transactionPatience(Duration.ZERO),
            () -> builder().replyPatience(Duration.ZERO),
            () -> builder().shutdownPatience(Duration.ofSeconds(-1)),
            () -> MaildirAgent.builder("/mail/%n").quota(-1))) {
      assertThrows(IllegalArgumentException.class, call::run);
    }
    assertThrows(NullPointerException.class, () -> LmtpServer.builder(null));
  }
}

package dev.lmtp.client;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.testing.Builders;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("what makes no sense is refused where it is said, not when the first message goes")
class BuilderTest {

  @Test
  void nulls() {
    Builders.refuseNull(LmtpClient.builder("inet:127.0.0.1:24"), 14);
    Builders.refuseNull(LmtpPool.builder(), 2);
  }

  @Test
  void numbers() {
    for (Runnable call :
        List.<Runnable>of(
            () -> LmtpClient.builder("unix:/s").wireLog(-1),
            () -> LmtpClient.builder("unix:/s").deliveryPatience(Duration.ZERO),
            () -> LmtpClient.builder("unix:/s").deliveryPatience(Duration.ofSeconds(-1)),
            () -> LmtpPool.builder().connections(0),
            () -> LmtpPool.builder().messages(0),
            () -> LmtpPool.builder().idle(Duration.ofSeconds(-1)),
            () -> LmtpPool.builder().age(Duration.ofSeconds(-1)))) {
      assertThrows(IllegalArgumentException.class, call::run);
    }
  }
}

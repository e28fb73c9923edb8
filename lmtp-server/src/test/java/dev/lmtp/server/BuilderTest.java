package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("what makes no sense is refused where it is said, not when the first peer comes")
class BuilderTest {

  private static LmtpServer.Builder builder() {
    return LmtpServer.builder(message -> message.replyAll(DeliveryAgent.RECIPIENT_OK));
  }

  static Stream<Method> setters() {
    return Stream.of(LmtpServer.Builder.class, MaildirAgent.Builder.class)
        .flatMap(builder -> Arrays.stream(builder.getMethods()))
        .filter(method -> method.getReturnType() == method.getDeclaringClass())
        .filter(method -> method.getParameterCount() > 0)
        .filter(method -> !method.getParameterTypes()[0].isPrimitive());
  }

  @ParameterizedTest
  @MethodSource("setters")
  void nulls(Method setter) {
    Object builder =
        setter.getDeclaringClass() == MaildirAgent.Builder.class
            ? MaildirAgent.builder("/mail/%n")
            : builder();
    Object[] arguments = new Object[setter.getParameterCount()];

    Throwable thrown =
        assertThrows(InvocationTargetException.class, () -> setter.invoke(builder, arguments))
            .getCause();

    assertEquals(NullPointerException.class, thrown.getClass());
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
    assertTrue(setters().count() > 10);
  }
}

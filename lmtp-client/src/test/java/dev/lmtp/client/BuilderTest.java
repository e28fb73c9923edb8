package dev.lmtp.client;

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

@DisplayName("what makes no sense is refused where it is said, not when the first message goes")
class BuilderTest {

  static Stream<Method> setters() {
    return Stream.of(LmtpClient.Builder.class, LmtpPool.Builder.class)
        .flatMap(builder -> Arrays.stream(builder.getMethods()))
        .filter(method -> method.getReturnType() == method.getDeclaringClass())
        .filter(method -> !method.getParameterTypes()[0].isPrimitive());
  }

  @ParameterizedTest
  @MethodSource("setters")
  void nulls(Method setter) {
    Object builder =
        setter.getDeclaringClass() == LmtpPool.Builder.class
            ? LmtpPool.builder()
            : LmtpClient.builder("inet:127.0.0.1:24");
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
            () -> LmtpClient.builder("unix:/s").wireLog(-1),
            () -> LmtpClient.builder("unix:/s").deliveryPatience(Duration.ZERO),
            () -> LmtpClient.builder("unix:/s").deliveryPatience(Duration.ofSeconds(-1)),
            () -> LmtpPool.builder().connections(0),
            () -> LmtpPool.builder().messages(0),
            () -> LmtpPool.builder().idle(Duration.ofSeconds(-1)),
            () -> LmtpPool.builder().age(Duration.ofSeconds(-1)))) {
      assertThrows(IllegalArgumentException.class, call::run);
    }
    assertTrue(setters().count() > 10);
  }
}

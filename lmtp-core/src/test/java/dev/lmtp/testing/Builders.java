package dev.lmtp.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;

/** What holds for every builder of a configuration. */
public final class Builders {

  private Builders() {}

  /**
   * Gives {@code null} to each method of a builder that takes a value.
   *
   * @param least how many such methods there are at least, so that none is looked over
   */
  public static void refuseNull(Object builder, int least) {
    List<Method> setters =
        Arrays.stream(builder.getClass().getMethods())
            .filter(method -> method.getReturnType() == builder.getClass())
            .filter(method -> method.getParameterCount() > 0)
            .filter(method -> !method.getParameterTypes()[0].isPrimitive())
            .toList();
    for (Method setter : setters) {
      Object[] arguments = new Object[setter.getParameterCount()];
      Throwable thrown =
          assertThrows(
                  InvocationTargetException.class,
                  () -> setter.invoke(builder, arguments),
                  setter::toString)
              .getCause();
      assertEquals(NullPointerException.class, thrown.getClass(), setter::toString);
    }
    assertTrue(setters.size() >= least, setters::toString);
  }
}

package dev.lmtp.testing;

import net.jqwik.api.lifecycle.PerProperty;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Lets a property run as often as {@code -Dfuzz.tries=N} says; as often as it says itself where
 * nothing is said.
 */
public final class FuzzTries implements PerProperty.Lifecycle {

  @Override
  public void before(PropertyLifecycleContext context) {
    Integer tries = Integer.getInteger("fuzz.tries");
    if (tries != null) {
      context.attributes().setTries(tries);
    }
  }
}

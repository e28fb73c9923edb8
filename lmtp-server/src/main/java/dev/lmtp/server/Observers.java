package dev.lmtp.server;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;

/** Those who are told what a server does; none of them can harm it. */
record Observers(List<ServerObserver> all) {

  private static final FlightRecorder RECORDER = new FlightRecorder();

  /** Whether anybody listens, and so whether there is anything to be put together. */
  boolean isOn() {
    return !all.isEmpty() || FlightRecorder.isOn();
  }

  void tell(Consumer<ServerObserver> what) {
    if (FlightRecorder.isAwake()) {
      tell(RECORDER, what);
    }
    for (ServerObserver observer : all) {
      tell(observer, what);
    }
  }

  private static void tell(ServerObserver observer, Consumer<ServerObserver> what) {
    try {
      what.accept(observer);
    } catch (RuntimeException e) {
      System.getLogger("dev.lmtp.server").log(Level.WARNING, "observer failed", e);
    }
  }
}

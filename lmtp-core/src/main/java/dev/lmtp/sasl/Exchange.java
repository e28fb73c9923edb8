package dev.lmtp.sasl;

import java.io.IOException;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslException;

/**
 * What both sides of every mechanism share: one step for one message, none after the last one or
 * after a failure (IllegalStateException, as the JDK's mechanisms do it), no security layer.
 */
abstract class Exchange {

  private enum Progress {
    OPEN,
    COMPLETE,
    FAILED
  }

  private final String mechanism;
  private final CallbackHandler handler;
  private Progress progress = Progress.OPEN;
  private boolean last;

  Exchange(String mechanism, CallbackHandler handler) {
    this.mechanism = mechanism;
    this.handler = handler;
  }

  /** Takes the peer's message and gives the answer; calls {@link #complete} in the last step. */
  abstract byte[] step(byte[] message) throws SaslException;

  /** Forgets what is secret; called after the last step, after a failure, and by dispose. */
  void wipe() {}

  final byte[] evaluate(byte[] message) throws SaslException {
    if (progress != Progress.OPEN) {
      throw new IllegalStateException(mechanism + ": exchange is over, " + progress);
    }
    // Whatever a step or a handler throws, there is no way back into the exchange.
    progress = Progress.FAILED;
    try {
      byte[] answer = step(message);
      progress = last ? Progress.COMPLETE : Progress.OPEN;
      return answer;
    } finally {
      if (progress != Progress.OPEN) {
        wipe();
      }
    }
  }

  /** Says that this step is the last one. */
  final void complete() {
    last = true;
  }

  final void ask(Callback... callbacks) throws SaslException {
    try {
      handler.handle(callbacks);
    } catch (IOException e) {
      throw new SaslException(mechanism + ": the callback handler failed", e);
    } catch (UnsupportedCallbackException e) {
      // Not as the cause: it carries the callback, and that may carry a password.
      String lacking = "it takes no " + e.getCallback().getClass().getSimpleName();
      throw new SaslException(
          mechanism + ": the callback handler failed", new IOException(lacking));
    }
  }

  final CallbackHandler handler() {
    return handler;
  }

  final SaslException malformed(String what) {
    return new SaslException(mechanism + ": " + what);
  }

  public final String getMechanismName() {
    return mechanism;
  }

  public boolean isComplete() {
    return progress == Progress.COMPLETE;
  }

  public final Object getNegotiatedProperty(String name) {
    requireComplete();
    return Sasl.QOP.equals(name) ? "auth" : null;
  }

  public final byte[] wrap(byte[] outgoing, int offset, int length) {
    requireComplete();
    throw new IllegalStateException(mechanism + " has no security layer");
  }

  public final byte[] unwrap(byte[] incoming, int offset, int length) {
    return wrap(incoming, offset, length);
  }

  public final void dispose() {
    progress = isComplete() ? Progress.COMPLETE : Progress.FAILED;
    wipe();
  }

  final void requireComplete() {
    if (!isComplete()) {
      throw new IllegalStateException(mechanism + ": exchange is not complete");
    }
  }
}

package dev.lmtp.server;

import dev.lmtp.io.Acceptor;
import dev.lmtp.io.Transport;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Accepts connections on one address with one thread. No connection, however it dies, and no
 * shortage of descriptors or memory ends the loop; only closing the socket does.
 */
final class Listener implements Runnable {

  /** What is done with a connection. */
  interface Taker {
    void take(Transport transport) throws IOException;
  }

  private static final Logger LOG = System.getLogger("dev.lmtp.server");
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

  private final Acceptor acceptor;
  private final Taker taker;

  Listener(Acceptor acceptor, Taker taker) {
    this.acceptor = acceptor;
    this.taker = taker;
  }

  Acceptor acceptor() {
    return acceptor;
  }

  @Override
  public void run() {
    while (true) {
      Transport transport = null;
      try {
        transport = acceptor.accept();
        taker.take(transport);
      } catch (ClosedChannelException e) {
        if (transport == null) {
          return;
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        LOG.log(Level.WARNING, "accepting on " + acceptor.address() + " failed: " + e);
        if (transport != null) {
          transport.close();
        }
        // Out of descriptors or threads: it passes, and a busy loop would not help.
        LockSupport.parkNanos(PAUSE);
      }
    }
  }
}

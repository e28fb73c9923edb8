package dev.lmtp.server;

import dev.lmtp.io.ListenSocket;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Accepts connections on one address with one thread. No connection, however it dies, and no
 * shortage of descriptors or memory ends the loop; only closing the socket does.
 */
final class Listener implements Runnable {

  /** What is done with a connection. */
  interface Taker {
    void take(SocketChannel channel, ListenSocket origin) throws IOException;
  }

  private static final Logger LOG = System.getLogger("dev.lmtp.server");
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

  private final ListenSocket socket;
  private final Taker taker;

  Listener(ListenSocket socket, Taker taker) {
    this.socket = socket;
    this.taker = taker;
  }

  ListenSocket socket() {
    return socket;
  }

  @Override
  public void run() {
    while (true) {
      SocketChannel channel = null;
      try {
        channel = socket.accept();
        taker.take(channel, socket);
      } catch (AsynchronousCloseException e) {
        return;
      } catch (ClosedChannelException e) {
        if (channel == null) {
          return;
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        LOG.log(Level.WARNING, "accepting on " + socket.address() + " failed: " + e);
        close(channel);
        // Out of descriptors or threads: it passes, and a busy loop would not help.
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  private static void close(SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "closing a connection failed: " + e);
      }
    }
  }
}

package dev.lmtp.io;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/**
 * A small file of the operator's: a certificate, a key, passwords. Every error is one line that
 * names the file and the reason; the JDK's own often have one of them only.
 */
public final class OperatorFile {

  /** What is done with a file. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(Path file) throws IOException;
  }

  private OperatorFile() {}

  /** All of a file. */
  public static byte[] octets(Path file) throws IOException {
    return read(file, Files::readAllBytes);
  }

  /** The text of a file in UTF-8. */
  public static String text(Path file) throws IOException {
    return read(file, Files::readString);
  }

  /** When it was changed last. */
  public static FileTime modified(Path file) throws IOException {
    return read(file, Files::getLastModifiedTime);
  }

  private static <T> T read(Path file, Reading<T> reading) throws IOException {
    try {
      return reading.of(file);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException(file + ": permission denied", e);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": not UTF-8", e);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}

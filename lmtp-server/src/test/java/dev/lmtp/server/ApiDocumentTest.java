package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.client.LmtpClient;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code docs/api.md} to the public types of client and server and the names of their
 * members, and both to two pages. Written anew with {@code -Dgolden.update=true}.
 */
@DisplayName("docs/api.md is the public API of client and server, on two pages")
class ApiDocumentTest {
  private static final Path FILE = Path.of("../docs/api.md");
  private static final int TWO_PAGES = 2 * 60;
  private static final int WIDTH = 100;
  private static final Set<String> OF_EVERY_VALUE =
      Set.of("equals", "hashCode", "toString", "values", "valueOf", "main");

  @Test
  void document() throws Exception {
    List<String> lines = new ArrayList<>();
    lines.add("# The API of client and server on two pages");
    lines.add("");
    lines.add("Every public type with the names of its members; what they mean is in the Javadoc.");
    section("Client, `dev.lmtp.client`", LmtpClient.class, lines);
    section("Server, `dev.lmtp.server`", LmtpServer.class, lines);
    String text = String.join("\n", lines) + "\n";
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(FILE, text);
    }
    assertEquals(Files.readString(FILE), text);
    assertTrue(lines.size() <= TWO_PAGES, lines.size() + " lines");
  }

  private static void section(String title, Class<?> member, List<String> lines)
      throws IOException, URISyntaxException, ClassNotFoundException {
    lines.addAll(List.of("", "## " + title, ""));
    Path place = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(place)) {
      types(place, member.getPackageName(), lines);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(place)) {
        types(jar.getPath("/"), member.getPackageName(), lines);
      }
    }
  }

  private static void types(Path root, String packageName, List<String> lines)
      throws IOException, ClassNotFoundException {
    List<String> names;
    try (Stream<Path> files = Files.list(root.resolve(packageName.replace('.', '/')))) {
      names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".class"))
              .map(name -> name.substring(0, name.length() - ".class".length()))
              .sorted()
              .toList();
    }
    for (String name : names) {
      Class<?> type = Class.forName(packageName + "." + name);
      if (isPublic(type)) {
        wrap("- **" + name.replace('$', '.') + "** " + String.join(", ", members(type)), lines);
      }
    }
  }

  private static boolean isPublic(Class<?> type) {
    boolean itself = Modifier.isPublic(type.getModifiers()) && !type.isAnonymousClass();
    return itself && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
  }

  private static Set<String> members(Class<?> type) {
    Set<String> names = new TreeSet<>();
    if (type.isEnum()) {
      Arrays.stream(type.getEnumConstants()).forEach(constant -> names.add(constant.toString()));
    }
    for (Method method : type.getDeclaredMethods()) {
      boolean shown = Modifier.isPublic(method.getModifiers()) && !method.isSynthetic();
      if (shown && !OF_EVERY_VALUE.contains(method.getName())) {
        names.add(method.getName());
      }
    }
    return names;
  }

  private static void wrap(String text, List<String> lines) {
    String rest = text;
    while (rest.length() > WIDTH) {
      int blank = rest.lastIndexOf(' ', WIDTH);
      lines.add(rest.substring(0, blank));
      rest = "  " + rest.substring(blank + 1);
    }
    lines.add(rest.stripTrailing());
  }
}

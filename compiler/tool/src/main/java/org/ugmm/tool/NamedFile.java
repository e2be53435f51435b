package org.ugmm.tool;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ugmm.tool.out.UsageException;

/** A model file and the name that clients know it by: {@code NAME=FILE}, or a file by itself. */
record NamedFile(String name, Path file) {
  /**
   * Reads the arguments of a command.
   *
   * @throws UsageException if two have one name, or a name holds a slash
   */
  static List<NamedFile> all(List<String> arguments) {
    List<NamedFile> files = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String argument : arguments) {
      NamedFile file = of(argument);
      if (!names.add(file.name())) {
        throw new UsageException(
            "two models are named '%s'; give one another name: NAME=FILE".formatted(file.name()));
      }
      files.add(file);
    }
    return files;
  }

  private static NamedFile of(String argument) {
    int equals = argument.indexOf('=');
    boolean isNamed = equals > 0 && !Files.exists(Path.of(argument));
    Path file = Path.of(isNamed ? argument.substring(equals + 1) : argument);
    String name = isNamed ? argument.substring(0, equals) : nameOf(file);
    if (name.contains("/") || name.isBlank()) {
      throw new UsageException(
          "a model cannot be named '%s'; expected a name without '/'".formatted(name));
    }
    return new NamedFile(name, file);
  }

  /** The name of a file up to its first dot. */
  private static String nameOf(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.indexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}

package org.ugmm.testdata;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds data which may not be copied into the project and which some machines keep in a folder
 * {@code shared} beside it. Tests that need it skip, saying so, where it is absent.
 */
public final class Shared {

  private Shared() {}

  /**
   * A file or folder below the folder {@code shared} beside the project or beside one of the
   * folders above it.
   *
   * @param path relative to that folder, such as {@code data/nltcs/nltcs.psdd}
   */
  public static Optional<Path> find(String path) {
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      Path found = dir.resolve("shared").resolve(path);
      if (Files.exists(found)) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }
}

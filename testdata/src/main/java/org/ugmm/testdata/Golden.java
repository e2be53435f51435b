package org.ugmm.testdata;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds the golden models and data of this module, {@code testdata/models} and {@code
 * testdata/data}, from the working directory of a test: the project's root or one of its modules.
 * Their provenance is in {@code testdata/README.md}.
 */
public final class Golden {

  private Golden() {}

  /**
   * A golden file or folder.
   *
   * @param path relative to the module, such as {@code models/iris-deep/golden.json}
   * @throws IllegalStateException if it is not there
   */
  public static Path find(String path) {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      Path found = folder.resolve("testdata").resolve(path);
      if (Files.exists(found)) {
        return found;
      }
    }
    throw new IllegalStateException(
        "no testdata/" + path + " in " + start + " or above: run tests inside the project");
  }
}

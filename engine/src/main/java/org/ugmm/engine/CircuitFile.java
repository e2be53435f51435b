package org.ugmm.engine;

import java.io.IOException;
import java.nio.file.Path;

/** The {@code .circuit} file. */
final class CircuitFile {
  private CircuitFile() {}

  static Circuit read(Path file) throws IOException {
    throw new IOException("not yet: " + file);
  }

  static void write(Circuit circuit, Path file) throws IOException {
    throw new IOException("not yet: " + circuit + file);
  }
}

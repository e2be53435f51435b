package org.ugmm.tool;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is replaced as a whole: what is written goes to a file beside it, which takes its
 * place in {@link #commit}. Without a commit the old file stays as it was.
 */
final class AtomicOutput implements Closeable {
  private final Path target;
  private final Path written;
  private final OutputStream stream;
  private boolean isCommitted;

  private AtomicOutput(Path target, Path written, OutputStream stream) {
    this.target = target;
    this.written = written;
    this.stream = stream;
  }

  /**
   * Opens an output. A device or a pipe is written to directly, since it cannot be replaced.
   *
   * @throws OutputException if it cannot be written
   */
  static AtomicOutput open(Path output) {
    try {
      Path target = Files.exists(output) ? output.toRealPath() : output.toAbsolutePath();
      if (Files.isDirectory(target)) {
        throw new OutputException(output + ": is a folder; expected the name of a file");
      }
      boolean isReplaced = !Files.exists(target) || Files.isRegularFile(target);
      Path written =
          isReplaced
              ? target.resolveSibling(
                  ".%s.%d.tmp".formatted(target.getFileName(), ProcessHandle.current().pid()))
              : target;
      OutputStream stream =
          isReplaced
              ? Files.newOutputStream(written)
              : Files.newOutputStream(written, StandardOpenOption.WRITE);
      if (isReplaced) {
        written.toFile().deleteOnExit();
      }
      return new AtomicOutput(target, written, new BufferedOutputStream(stream, 1 << 16));
    } catch (IOException e) {
      throw new OutputException(output, e);
    }
  }

  OutputStream stream() {
    return stream;
  }

  /** Puts what was written in the place of the file. */
  void commit() {
    try {
      stream.close();
      if (!written.equals(target)) {
        Files.move(
            written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
      isCommitted = true;
    } catch (IOException e) {
      throw new OutputException(target, e);
    }
  }

  @Override
  public void close() throws IOException {
    if (!isCommitted && !written.equals(target)) {
      try (stream) {
        Files.deleteIfExists(written);
      }
    }
  }
}

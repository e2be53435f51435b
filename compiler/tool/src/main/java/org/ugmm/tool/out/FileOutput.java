package org.ugmm.tool.out;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;

/**
 * A file that is replaced as a whole: what is written goes to a file beside it, which takes its
 * place and its permissions in {@link #commit}. Without a commit the old file stays as it was.
 */
public final class FileOutput implements Closeable {
  private final Path target;
  private final Path written;
  private final OutputStream stream;
  private boolean isCommitted;

  private FileOutput(Path target, Path written, OutputStream stream) {
    this.target = target;
    this.written = written;
    this.stream = stream;
  }

  /**
   * Opens an output. A device or a pipe is written to directly, since it cannot be replaced.
   *
   * @param inputs files that are read meanwhile and must not be replaced
   * @throws UsageException if the output is one of the inputs
   * @throws OutputException if it cannot be written
   */
  public static FileOutput open(Path output, Path... inputs) {
    try {
      Path target = Files.exists(output) ? output.toRealPath() : output.toAbsolutePath();
      if (Files.isDirectory(target)) {
        throw new OutputException(output + ": is a folder; expected the name of a file");
      }
      boolean isReplaced = !Files.exists(target) || Files.isRegularFile(target);
      if (isReplaced) {
        requireOther(output, target, inputs);
      }
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
      return new FileOutput(target, written, new BufferedOutputStream(stream, 1 << 16));
    } catch (IOException e) {
      throw new OutputException(output, e);
    }
  }

  /**
   * Refuses to write what is read.
   *
   * @param output as it was named
   * @param target the file that would be replaced
   * @throws UsageException if it is one of the inputs
   */
  public static void requireOther(Path output, Path target, Path... inputs) throws IOException {
    for (Path input : inputs) {
      if (Files.exists(target) && Files.exists(input) && Files.isSameFile(target, input)) {
        throw new UsageException(
            "-o %s: is the same file as %s, which is read; expected another name"
                .formatted(output, input));
      }
    }
  }

  /** Where to write; its {@code IOException}s are those of the file. */
  public OutputStream stream() {
    return stream;
  }

  /** Puts what was written in the place of the file. */
  public void commit() {
    try {
      stream.close();
      if (!written.equals(target)) {
        replace(written, target);
      }
      isCommitted = true;
    } catch (IOException e) {
      throw new OutputException(target, e);
    }
  }

  /** Puts a file in the place of another one of the same folder, if there is one, at once. */
  public static void replace(Path written, Path target) throws IOException {
    if (Files.exists(target)) {
      keepPermissions(written, target);
    }
    Files.move(
        written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void keepPermissions(Path written, Path target) throws IOException {
    PosixFileAttributeView old = Files.getFileAttributeView(target, PosixFileAttributeView.class);
    PosixFileAttributeView fresh =
        Files.getFileAttributeView(written, PosixFileAttributeView.class);
    if (old != null && fresh != null) {
      fresh.setPermissions(old.readAttributes().permissions());
    }
  }

  @Override
  public void close() {
    if (isCommitted || written.equals(target)) {
      return;
    }
    try (stream) {
      Files.deleteIfExists(written);
    } catch (IOException e) {
      // the output has failed already, and that is what is reported
      isCommitted = false;
    }
  }
}

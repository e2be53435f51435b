package org.ugmm.compiler.build.network;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The state of a course of training in a file, replaced as a whole: a run that was killed goes on
 * from it with the bits that it would have had. What another run has left, or what is damaged, is
 * not read.
 *
 * @param file where it is kept
 * @param run what tells this run from others
 * @param everyNanos time after which the state is kept again
 */
record Kept(Path file, String run, long everyNanos) {
  /** The names of such files. */
  static final String ENDING = ".network-state";

  private static final int CHECKSUM_BYTES = 8;

  /** Writes a state. */
  interface State {
    void write(DataOutputStream out) throws IOException;
  }

  void save(State state) {
    Path fresh = file.resolveSibling("." + file.getFileName() + ".tmp");
    CRC32 sum = new CRC32();
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      try (DataOutputStream out =
          new DataOutputStream(
              new BufferedOutputStream(
                  new CheckedOutputStream(Files.newOutputStream(fresh), sum), 1 << 16))) {
        out.writeUTF(run);
        state.write(out);
        out.flush();
        out.writeLong(sum.getValue());
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The state that this run has left; null where there is none. */
  byte @Nullable [] load() {
    try {
      byte[] all = Files.readAllBytes(file);
      if (all.length < CHECKSUM_BYTES) {
        return null;
      }
      CRC32 sum = new CRC32();
      sum.update(all, 0, all.length - CHECKSUM_BYTES);
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(all));
      String writer = in.readUTF();
      byte[] state = in.readNBytes(in.available() - CHECKSUM_BYTES);
      return writer.equals(run) && in.readLong() == sum.getValue() ? state : null;
    } catch (NoSuchFileException | EOFException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

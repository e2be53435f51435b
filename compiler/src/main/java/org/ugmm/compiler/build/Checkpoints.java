package org.ugmm.compiler.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;

/**
 * A folder with the circuits that a run has learned so far. A run that was killed is started again
 * and takes from here what was finished; since each circuit follows from the table, the settings
 * and the seed alone, it ends with the bits that it would have had. Files are written whole or not
 * at all.
 */
final class Checkpoints {
  /** A circuit of ours, the state of a network, or the beginning of one that a killed run left. */
  private static final Pattern NAME =
      Pattern.compile(
          "[0-9a-f]{32}\\.circuit|\\.[0-9a-f]{32}\\.circuit\\.[0-9a-f]+\\.tmp"
              + "|\\.?(first|last)\\.network-state(\\.tmp)?");

  private final Path folder;
  private final String run;

  /**
   * Opens a folder; files of other runs in it are not read.
   *
   * @param run what tells this run from others: a hash of the table and all settings
   */
  Checkpoints(Path folder, String run) {
    this.folder = folder;
    this.run = run;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was learned under a key; null where nothing was. */
  @Nullable Circuit load(String key) {
    try {
      return Circuit.load(file(key));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void save(String key, Circuit circuit) {
    try {
      circuit.save(file(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a folder and the circuits in it; other files stay, and the folder with them. */
  static void delete(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try {
      try (var files = Files.list(folder)) {
        List<Path> ours =
            files.filter(f -> NAME.matcher(f.getFileName().toString()).matches()).toList();
        for (Path file : ours) {
          Files.delete(file);
        }
      }
      try (var rest = Files.list(folder)) {
        if (rest.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((run + "|" + key).getBytes(StandardCharsets.UTF_8));
      return folder.resolve(HexFormat.of().formatHex(hash, 0, 16) + ".circuit");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}

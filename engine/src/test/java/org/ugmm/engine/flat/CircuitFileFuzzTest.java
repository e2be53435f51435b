package org.ugmm.engine.flat;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Flat;
import org.ugmm.engine.FlatCircuits;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.exact.LogEvaluator;

/** Damaged and hostile files: a typed error, or answers without NaN; never more. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // for a mutant that never ends
class CircuitFileFuzzTest {
  private static final int MUTANTS = 10_000;

  @TempDir private Path folder;

  private int loaded;

  @Test
  void load_mutatedFile_isRejectedOrAnswersWithoutNan() throws IOException {
    Path file = folder.resolve("mutant.circuit");
    byte[][] originals = new byte[20][];
    for (int i = 0; i < originals.length; i++) {
      Circuit circuit = i % 4 == 3 ? FlatCircuits.blocks(i) : FlatCircuits.anyKinds(i, 5 + 12 * i);
      circuit.save(file);
      originals[i] = Files.readAllBytes(file);
      Circuit.load(file); // so that no loading of classes counts as allocated
      Files.write(file, Arrays.copyOf(originals[i], 128));
      assertThrows(CircuitException.class, () -> Circuit.load(file));
    }
    for (int seed = 0; seed < MUTANTS; seed++) {
      byte[] mutant = mutate(originals[seed % originals.length], new SplittableRandom(seed));
      Files.write(file, mutant);
      try {
        tryFile(file, mutant.length);
      } catch (Throwable failure) {
        Path kept =
            Files.createDirectories(Path.of("target")).resolve("mutant-" + seed + ".circuit");
        Files.write(kept, mutant);
        fail("seed " + seed + ", kept as " + kept, failure);
      }
    }
    assertTrue(loaded > MUTANTS / 20, "only " + loaded + " mutants got past the checks");
    assertTrue(loaded < MUTANTS / 2, loaded + " mutants were taken for circuits");
  }

  private void tryFile(Path file, long length) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Circuit circuit = null;
    try {
      circuit = Circuit.load(file);
    } catch (CircuitException e) {
      assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
      assertTrue(e.getMessage().length() < 2_000, e.getMessage());
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 100_000 + 40 * length, allocated + " bytes for a file of " + length);
    if (circuit != null) {
      loaded++;
      answer(circuit);
    }
  }

  private static void answer(Circuit circuit) {
    Evidence evidence = new Evidence(circuit);
    ask(circuit, evidence);
    for (int v = 0; v < circuit.numVariables(); v++) {
      evidence.observe(v, 0);
    }
    ask(circuit, evidence);
    circuit.structure();
    try {
      assertNumber(circuit.normaliser().logZ());
    } catch (RefusedException expected) {
      assertTrue(expected.getMessage().contains("node"), expected.getMessage());
    }
  }

  private static void ask(Circuit circuit, Evidence evidence) {
    LogEvaluator evaluator = new LogEvaluator(Flat.of(circuit));
    try {
      assertNumber(evaluator.upward(Flat.of(evidence)));
      assertNumber(evaluator.relativeErrorBound());
      evaluator.downward();
    } catch (RefusedException expected) {
      assertTrue(expected.getMessage().contains("node"), expected.getMessage());
    }
  }

  private static void assertNumber(double value) {
    assertTrue(!Double.isNaN(value), "NaN");
  }

  private static byte[] mutate(byte[] original, SplittableRandom random) {
    byte[] bytes = original.clone();
    switch (random.nextInt(8)) {
      case 0 -> {
        flipBits(bytes, random);
        return bytes; // the checksum is left wrong
      }
      case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 2 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(200));
      case 3 -> swapBlocks(bytes, random);
      case 4 -> {
        int offset = CircuitFile.NUM_VARIABLES_OFFSET + 4 * random.nextInt(10);
        putInt(bytes, offset, anyInt(random));
      }
      case 5 -> putInt(bytes, 64 + 4 * random.nextInt((bytes.length - 64) / 4), anyInt(random));
      case 6 -> {
        int offset = 64 + 8 * random.nextInt((bytes.length - 64) / 8);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putDouble(offset, anyDouble(random));
      }
      default -> flipBits(bytes, random);
    }
    if (bytes.length >= CircuitFile.HEADER_BYTES) {
      if (random.nextBoolean()) {
        ByteBuffer.wrap(bytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(CircuitFile.FILE_LENGTH_OFFSET, bytes.length);
      }
      CircuitFileTest.repairChecksum(bytes);
    }
    return bytes;
  }

  private static void flipBits(byte[] bytes, SplittableRandom random) {
    int flips = 1 + random.nextInt(4);
    for (int i = 0; i < flips; i++) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  private static void swapBlocks(byte[] bytes, SplittableRandom random) {
    int blocks = bytes.length / 64;
    int a = 64 * random.nextInt(blocks);
    int b = 64 * random.nextInt(blocks);
    byte[] saved = Arrays.copyOfRange(bytes, a, a + 64);
    System.arraycopy(bytes, b, bytes, a, 64);
    System.arraycopy(saved, 0, bytes, b, 64);
  }

  private static void putInt(byte[] bytes, int offset, int value) {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
  }

  private static int anyInt(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(300);
      case 2 -> Integer.MAX_VALUE - random.nextInt(40);
      default -> -random.nextInt(3);
    };
  }

  private static double anyDouble(SplittableRandom random) {
    double[] extremes = {
      Double.NaN,
      Double.MAX_VALUE,
      -Double.MAX_VALUE,
      Double.MIN_VALUE,
      -0.0,
      1e300,
      1e-300,
      -745,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      1e16,
      -1e16
    };
    return random.nextInt(4) == 0
        ? Double.longBitsToDouble(random.nextLong())
        : extremes[random.nextInt(extremes.length)];
  }
}

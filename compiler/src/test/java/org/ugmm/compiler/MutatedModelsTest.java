package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Golden;

/** Damaged and hostile texts: each is rejected by a typed error or answers without NaN. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // for a mutant that never ends
class MutatedModelsTest {
  private static final int MUTANTS = 2_500;
  private static final String[] TOKENS = {
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "0",
    "NaN",
    "1e999",
    "2147483648",
    "99999999999999999999",
    "null",
    "true",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "\"input\"",
    "[]",
    "{}",
    "-inf",
    "psdd",
    "D",
    "L",
    "\u0000",
    "\u00ff"
  };
  private static final String PSDD =
      """
      c a small circuit over four variables
      psdd 11
      L 0 0 1
      L 1 0 -1
      L 2 2 2
      T 3 2 2 -0.35667494393873245
      D 4 1 2 0 2 -0.6931471805599453 1 3 -0.6931471805599453
      L 5 4 3
      L 6 4 -3
      T 7 6 4 -1.6094379124341003
      D 8 5 2 5 7 -0.2231435513142097 6 7 -1.6094379124341003
      D 9 3 1 4 8 0.0
      """;

  @Test
  void graph_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.json", Files.readAllBytes(Golden.find("models/iris-circuit/iris.graph.json")), 1);
  }

  @Test
  void network_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.json", Files.readAllBytes(Golden.find("models/iris-deep/iris.network.json")), 2);
  }

  @Test
  void psdd_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.psdd", PSDD.getBytes(StandardCharsets.UTF_8), 3);
  }

  @Test
  void safetensors_mutated_isRejectedOrAnswers() throws IOException {
    mutate(
        "m.safetensors", Files.readAllBytes(Golden.find("models/iris-deep/model.safetensors")), 4);
  }

  private static void mutate(String name, byte[] original, long seed) throws IOException {
    Random random = new Random(seed);
    int rejected = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = original;
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        mutant = mutant(mutant, random);
      }
      rejected += isRejected(name, mutant, "seed " + seed + ", mutant " + i) ? 1 : 0;
    }
    assertTrue(rejected > MUTANTS / 10, "only " + rejected + " mutants were rejected");
  }

  private static boolean isRejected(String name, byte[] mutant, String what) throws IOException {
    try {
      Compilation compiled =
          ModelCompiler.compile(Source.bytes(name, mutant), CompileOptions.defaults());
      int numVariables = compiled.circuit().numVariables();
      double[] rows = new double[2 * numVariables];
      Arrays.fill(rows, numVariables, 2 * numVariables, Double.NaN);
      for (int v = 0; v < numVariables; v++) {
        rows[v] = compiled.circuit().variables().get(v) instanceof Variable.Real ? 1.5 : 0;
      }
      double[] answers = new double[2];
      new Evaluator(compiled.circuit()).logDensity(rows, 1, answers);
      assertFalse(Double.isNaN(answers[0]), what);
      new Evaluator(compiled.circuit()).logDensity(rows, 2, answers);
      assertFalse(Double.isNaN(answers[1]), what);
      return false;
    } catch (ModelException | CircuitException | RefusedException e) {
      assertFalse(e.getMessage() == null || e.getMessage().isBlank(), what);
      return true;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(what + ": " + e, e);
    }
  }

  private static byte[] mutant(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length + 1);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(8));
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1 -> splice(bytes, at, at + length, new byte[0]);
      case 2 -> {
        byte[] changed = bytes.clone();
        if (at < bytes.length) {
          changed[at] = (byte) random.nextInt(256);
        }
        yield changed;
      }
      case 3 -> {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(200));
        yield splice(bytes, at, at, Arrays.copyOfRange(bytes, from, to));
      }
      case 4 -> {
        byte[] token = TOKENS[random.nextInt(TOKENS.length)].getBytes(StandardCharsets.ISO_8859_1);
        yield splice(bytes, at, at, token);
      }
      default -> replaceNumber(bytes, at, random);
    };
  }

  /** Puts a token in the place of the number at or behind a position. */
  private static byte[] replaceNumber(byte[] bytes, int at, Random random) {
    int from = at;
    while (from < bytes.length && (bytes[from] < '0' || bytes[from] > '9')) {
      from++;
    }
    int to = from;
    while (to < bytes.length && "0123456789.eE+-".indexOf(bytes[to]) >= 0) {
      to++;
    }
    byte[] token = TOKENS[random.nextInt(12)].getBytes(StandardCharsets.ISO_8859_1);
    return splice(bytes, from, to, token);
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] insert) {
    byte[] result = new byte[bytes.length - (to - from) + insert.length + 1];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(insert, 0, result, from, insert.length);
    System.arraycopy(bytes, to, result, from + insert.length, bytes.length - to);
    return Arrays.copyOf(result, result.length - 1);
  }
}

package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.passes.Pass;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/** Seeded random circuits against the oracle, with every pass on and off. */
class RandomCircuitsTest {
  private static final List<CompileOptions> OPTIONS =
      List.of(
          CompileOptions.defaults(),
          CompileOptions.defaults().without(Pass.SIMPLIFY),
          CompileOptions.defaults().without(Pass.SMOOTH),
          CompileOptions.defaults().without(Pass.ORDER),
          CompileOptions.defaults().without(Pass.values()));

  private static Compilation compile(PlainCircuit circuit, CompileOptions options)
      throws IOException {
    byte[] text = circuit.toGraphJson().getBytes(StandardCharsets.UTF_8);
    return ModelCompiler.compile(Source.bytes("random.json", text), options);
  }

  private static Evidence evidence(Compilation compiled, List<PlainEvidence> plain) {
    Evidence evidence = new Evidence(compiled.circuit());
    for (int v = 0; v < plain.size(); v++) {
      if (plain.get(v) instanceof PlainEvidence.Point point) {
        evidence.observe(v, point.value());
      }
    }
    return evidence;
  }

  /** Natural log of f, integrated over what is open, and not divided by Z. */
  private static double logValue(Compilation compiled, List<PlainEvidence> plain) {
    LogProbability p = new Inference(compiled.circuit()).marginal(evidence(compiled, plain));
    return p.normalised() ? p.value() + compiled.circuit().normaliser().logZ() : p.value();
  }

  private static void assertClose(double expected, double actual, double tolerance, String what) {
    assertTrue(
        Tables.difference(expected, actual) <= tolerance,
        () -> "expected " + expected + ", found " + actual + " for " + what);
  }

  @Test
  void tractable_everyPassOnAndOff_equalsOracle() throws IOException {
    int checked = 0;
    for (long seed = 0; seed < 1_400; seed++) {
      PlainCircuit circuit = RandomCircuits.tractable(seed);
      if (!isText(circuit)) {
        continue;
      }
      checked++;
      double logZ = Oracle.logZ(circuit);
      for (CompileOptions options : OPTIONS) {
        String what = "seed " + seed + ", " + options.skipped() + "\n" + circuit;
        Compilation compiled = compile(circuit, options);
        assertTrue(compiled.analysis().structure().isTractable(), what);
        assertClose(logZ, compiled.circuit().normaliser().logZ(), 1e-11, "log Z, " + what);
        for (double missing : new double[] {0, 0.5}) {
          List<PlainEvidence> plain = RandomEvidence.points(circuit, missing, seed);
          assertClose(
              Oracle.logValue(circuit, plain),
              logValue(compiled, plain),
              1e-11,
              plain + ", " + what);
        }
      }
    }
    assertTrue(checked >= 1_000, "only " + checked + " circuits");
  }

  private static boolean isText(PlainCircuit circuit) {
    try {
      circuit.toGraphJson();
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Test
  void nonSmooth_withMeasures_becomesSmoothAndPassesAgree() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      PlainCircuit circuit = RandomCircuits.nonSmooth(true, seed);
      Compilation all = compile(circuit, CompileOptions.defaults());
      Compilation plain = compile(circuit, CompileOptions.defaults().without(Pass.SIMPLIFY));
      Compilation none = compile(circuit, CompileOptions.defaults().without(Pass.values()));
      assertTrue(all.analysis().structure().isSmooth(), "seed " + seed);
      for (double missing : new double[] {0, 0.5, 1}) {
        List<PlainEvidence> e = RandomEvidence.points(circuit, missing, seed);
        assertClose(logValue(plain, e), logValue(all, e), 1e-12, "seed " + seed);
        if (missing == 0) {
          double[] row = new double[e.size()];
          Arrays.setAll(row, v -> ((PlainEvidence.Point) e.get(v)).value());
          double value = Tables.logDensity(none, new double[][] {row})[0];
          assertClose(Oracle.logValue(circuit, e), value, 1e-12, "seed " + seed);
        }
      }
    }
  }

  @Test
  void nonSmooth_withoutMeasures_staysAsItIsAndSaysWhy() throws IOException {
    for (long seed = 0; seed < 200; seed++) {
      PlainCircuit circuit = RandomCircuits.nonSmooth(false, seed);
      Compilation compiled = compile(circuit, CompileOptions.defaults());
      List<PlainEvidence> e = RandomEvidence.complete(circuit, seed);
      assertClose(Oracle.logValue(circuit, e), logValue(compiled, e), 1e-12, "seed " + seed);
      assertFalse(compiled.analysis().structure().isSmooth(), "seed " + seed);
      String notes = compiled.passes().get(Pass.SMOOTH.ordinal()).notes().toString();
      assertTrue(notes.contains("declare one"), notes);
    }
  }

  @Test
  void links_everyPassOnAndOff_keepCompleteValues() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      PlainCircuit circuit = RandomCircuits.linkNetwork(seed);
      List<PlainEvidence> e = RandomEvidence.complete(circuit, seed);
      double expected = Oracle.logValue(circuit, e);
      for (CompileOptions options : OPTIONS) {
        Compilation compiled = compile(circuit, options);
        LogProbability p = new Inference(compiled.circuit()).marginal(evidence(compiled, e));
        double bound =
            p.certificate() instanceof Certificate.Exact exact ? exact.relativeErrorBound() : 0;
        double tolerance = 1e-9 + 4 * bound;
        assertTrue(
            expected == p.value()
                || Math.abs(expected - p.value()) <= tolerance * Math.max(1, Math.abs(expected)),
            "seed " + seed + " expected " + expected + ", found " + p);
      }
    }
  }

  @Test
  void chain_of100000Levels_compilesWithoutRecursion() throws IOException {
    int levels = 100_000;
    StringBuilder text = new StringBuilder("{\"format\":\"ugmm-graph/1\",\"variables\":[");
    text.append("{\"name\":\"s\",\"kind\":\"categorical\",\"states\":[\"a\",\"b\"]}],\"nodes\":[");
    text.append("{\"categorical\":{\"variable\":\"s\",\"probabilities\":[0.25,0.75]}},");
    text.append("{\"categorical\":{\"variable\":\"s\",\"probabilities\":[0.75,0.25]}}");
    for (int i = 2; i < levels; i++) {
      text.append(",{\"sum\":{\"children\":[").append(i - 1).append(',').append(i % 2);
      text.append("],\"weights\":[0.5,0.5]}}");
    }
    text.append("],\"root\":").append(levels - 1).append('}');
    Source source = Source.bytes("chain.json", text.toString().getBytes(StandardCharsets.UTF_8));
    for (CompileOptions options : OPTIONS) {
      Compilation compiled = ModelCompiler.compile(source, options);
      assertEquals(0, compiled.circuit().normaliser().logZ(), 1e-9);
    }
  }
}

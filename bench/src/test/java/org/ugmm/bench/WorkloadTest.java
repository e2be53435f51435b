package org.ugmm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Precision;

/** Every benchmark can be set up, which checks its answers, and runs once. */
final class WorkloadTest {
  @ParameterizedTest
  @EnumSource(Precision.class)
  void forward_everyWorkload_answersAsItsReference(Precision precision) {
    for (Workload workload : Workload.present()) {
      if (workload != Workload.RAT_D784) {
        new Forward(workload, precision, 3, workload.isTractable() ? 0.5 : 0).run();
      }
    }
  }

  @Test
  void circuit_ratOf64_hasTheStatedSize() {
    Circuit circuit = Workload.RAT_D64.circuit();
    assertEquals(112_808, Workload.numWeights(circuit));
    assertEquals(5_120, Workload.numGaussians(circuit));
  }

  @Test
  void circuit_hiddenTree_hasTheStatedSize() {
    assertEquals(15_392, Workload.numWeights(Workload.HIDDEN_TREE.circuit()));
  }

  @Test
  void training_hiddenTree_checked() {
    TrainingBenchmark training = new TrainingBenchmark();
    training.workload = Workload.HIDDEN_TREE;
    training.precision = Precision.FLOAT;
    training.setUp();
    assertTrue(training.epoch() < 0);
  }

  @Test
  void circuit_uGmm_hasTheStatedSize() {
    assertEquals(109_184, Workload.numGaussians(Workload.UGMM.circuit()));
  }

  @Test
  void rows_missingInANetwork_refused() {
    Circuit circuit = Workload.IRIS_DEEP.circuit();
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> Workload.IRIS_DEEP.rows(circuit, 1, 0.5));
    assertTrue(e.getMessage().contains("complete rows"), e.getMessage());
  }

  @Test
  void peer_oneRow_bothAnswer() throws Exception {
    PeerBenchmark peer = new PeerBenchmark();
    peer.batch = 1;
    peer.setUp();
    assertEquals(Workload.NUM_CLASSES, peer.ugmm().length);
    assertEquals(Workload.NUM_CLASSES, peer.onnx()[0].length);
    peer.tearDown();
  }

  @Test
  void mpe_diagram_checked() {
    MpeBenchmark mpe = new MpeBenchmark();
    mpe.workload = Workload.DIAGRAM;
    mpe.setUp();
    assertEquals(100, mpe.mpe().length);
  }

  @Test
  void posteriors_irisCircuit_checked() {
    PosteriorBenchmark posteriors = new PosteriorBenchmark();
    posteriors.workload = Workload.IRIS_CIRCUIT;
    posteriors.setUp();
    assertTrue(posteriors.allPosteriors().length >= 1000);
  }

  @Test
  void growth_smallDiagram_checked() {
    GrowthBenchmark growth = new GrowthBenchmark();
    growth.edges = 10_000;
    growth.setUp();
    assertEquals(GrowthBenchmark.BATCH, growth.forward().length);
  }

  @Test
  void lines_comparedWithALine_comeAfterIt() {
    List<Line> lines = Line.all();
    Set<String> names = lines.stream().map(Line::what).collect(Collectors.toSet());
    assertEquals(lines.size(), names.size(), "two lines of one name");
    for (int i = 0; i < lines.size(); i++) {
      String other = lines.get(i).against();
      assertTrue(
          other == null || lines.subList(0, i).stream().anyMatch(l -> l.what().equals(other)),
          lines.get(i).what());
    }
  }
}

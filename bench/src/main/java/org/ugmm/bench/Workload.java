package org.ugmm.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.Shared;

/** The circuits that are timed and the rows they are given. The same on every machine. */
public enum Workload {
  /** The uGMM network 784-128-64-10 with the peers' random parameters; posterior of its class. */
  UGMM,
  /** RAT-SPN, 64 reals, depth 4, 8 repetitions, K = 10: 112,808 sum weights, 5,120 Gaussians. */
  RAT_D64,
  /** RAT-SPN, 784 reals, depth 5, 10 repetitions, K = 10: 78,400 Gaussians. */
  RAT_D784,
  /** The paper's trained network 5-10-5-1 on Iris. */
  IRIS_DEEP,
  /** The tractable circuit on Iris. */
  IRIS_CIRCUIT,
  /** A deterministic circuit on 100 binary variables, 10^5 edges: see {@link Diagrams}. */
  DIAGRAM,
  /** A hidden tree over 16 binary variables, 32 states each: 15,392 sum weights. */
  HIDDEN_TREE,
  /** The PSDD learned on NLTCS, 16 binary variables; only where its file is present. */
  NLTCS;

  private static final String NLTCS_FILE = "data/nltcs/nltcs.psdd";
  private static final long SEED = 20;
  static final int NUM_CLASSES = 10;

  /** What a row costs at least, in units of the roofline that limits it. */
  enum Limit {
    /** A multiply-add a sum weight. */
    FMA,
    /** An exponential a Gaussian component. */
    EXP,
    /** Neither dense sums nor exponentials: no roofline is quoted. */
    NONE
  }

  /** Whether the files it needs are present. */
  public boolean isPresent() {
    return this != NLTCS || Shared.find(NLTCS_FILE).isPresent();
  }

  /** Whether rows may have missing values: all variables can be integrated out. */
  public boolean isTractable() {
    return this != UGMM && this != IRIS_DEEP;
  }

  /** The variable whose posterior is asked for, -1 where the log-density is. */
  public int queried() {
    return this == UGMM ? 784 : -1;
  }

  /** The roofline that limits it. */
  Limit limit() {
    return switch (this) {
      case UGMM -> Limit.EXP;
      case RAT_D64, RAT_D784, HIDDEN_TREE -> Limit.FMA;
      default -> Limit.NONE;
    };
  }

  /**
   * The circuit.
   *
   * @throws IllegalStateException if its file is not present
   */
  public Circuit circuit() {
    return switch (this) {
      case UGMM -> {
        List<String> names = new ArrayList<>();
        for (int v = 0; v < 784; v++) {
          names.add("x" + v);
        }
        names.add("class");
        yield compiled(
            Golden.find("models/peers/ugmm-784-128-64-10.safetensors"),
            CompileOptions.defaults().withColumns(names));
      }
      case RAT_D64 -> Plain.circuit(RandomCircuits.rat(64, 4, 8, 10, SEED));
      case RAT_D784 -> Plain.circuit(RandomCircuits.rat(784, 5, 10, 10, SEED));
      case IRIS_DEEP -> compiled(Golden.find("models/iris-deep/iris.network.json"));
      case IRIS_CIRCUIT -> compiled(Golden.find("models/iris-circuit/iris.graph.json"));
      case DIAGRAM -> Diagrams.circuit(100, 100_000, SEED);
      case HIDDEN_TREE -> HiddenTree.circuit(16, 32, SEED);
      case NLTCS -> {
        Optional<Path> file = Shared.find(NLTCS_FILE);
        yield compiled(
            file.orElseThrow(
                () -> new IllegalStateException("workload NLTCS: no shared/" + NLTCS_FILE)));
      }
    };
  }

  private static Circuit compiled(Path model) {
    return compiled(model, CompileOptions.defaults());
  }

  private static Circuit compiled(Path model, CompileOptions options) {
    try {
      return ModelCompiler.compile(model, options).circuit();
    } catch (IOException e) {
      throw new UncheckedIOException("model " + model, e);
    }
  }

  /**
   * Random rows in the range of the model.
   *
   * @param circuit {@link #circuit}
   * @param missingRate the share of cells that are NaN, drawn cell by cell; 0 unless tractable
   * @return [numRows * numVariables] row-major
   */
  public double[] rows(Circuit circuit, int numRows, double missingRate) {
    if (missingRate > 0 && !isTractable()) {
      throw new IllegalArgumentException(
          this + ": missing rate " + missingRate + "; a network with links takes complete rows");
    }
    Random random = new Random(SEED + 1);
    double[] rows = new double[numRows * circuit.numVariables()];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = circuit.variables().get(i % circuit.numVariables());
      double value = value(variable, random);
      rows[i] = random.nextDouble() < missingRate ? Double.NaN : value;
    }
    return rows;
  }

  private double value(Variable variable, Random random) {
    if (variable instanceof Variable.Categorical categorical) {
      return random.nextInt(categorical.numStates());
    }
    return switch (this) {
      case UGMM -> random.nextFloat();
      case IRIS_DEEP, IRIS_CIRCUIT -> 1 + 5 * random.nextDouble();
      default -> random.nextGaussian();
    };
  }

  /** Number of sum weights: the multiply-adds of a row. */
  static long numWeights(Circuit circuit) {
    long weights = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      weights += circuit.kind(n) == NodeKind.WEIGHTED_SUM ? circuit.numChildren(n) : 0;
    }
    return weights;
  }

  /** Number of Gaussian components: the exponentials of a row of a uGMM network. */
  static long numGaussians(Circuit circuit) {
    long gaussians = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      NodeKind kind = circuit.kind(n);
      gaussians += kind == NodeKind.GAUSSIAN || kind == NodeKind.GAUSSIAN_LINK ? 1 : 0;
    }
    return gaussians;
  }

  /** The workloads whose files are present. */
  static List<Workload> present() {
    return Arrays.stream(values()).filter(Workload::isPresent).toList();
  }
}

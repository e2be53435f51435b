package org.ugmm.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.Partition;
import org.ugmm.engine.flat.CircuitFile;
import org.ugmm.engine.flat.CircuitFileWriter;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.logic.Constrained;
import org.ugmm.engine.logic.Diagram;

/**
 * A flat probabilistic circuit: a directed acyclic graph of leaves, weighted sums, products and
 * Gaussian links, children before parents, with one root.
 *
 * <p>It defines {@code f(x) >= 0} and, where the integral {@code Z} of {@code f} is known, the
 * distribution {@code f / Z}. Immutable and safe to share between threads.
 */
public final class Circuit {
  /** The arrays, which is what the rooms of the engine work on. */
  final FlatCircuit flat;

  private volatile @Nullable Normaliser normaliser;

  Circuit(FlatCircuit flat) {
    this.flat = flat;
  }

  /**
   * The same circuit, sharing its arrays, with a variable that is the class.
   *
   * @throws ArgumentException if there is no such variable, or it is not categorical
   */
  public Circuit withClassVariable(String name) {
    return new Circuit(flat.withClassVariable(name));
  }

  /**
   * The same circuit, sharing its arrays, with what compiling a model to it rounded: error bounds
   * then speak of the model.
   *
   * @param units (Input, copied) one a node, in units of 2^-53: bounds the relative error of a
   *     scale and of each weight, the absolute error of each natural log
   * @throws CircuitException if there are more or fewer, or one is negative or not finite
   */
  public Circuit withRounding(double[] units) {
    return new Circuit(flat.withRounding(units.clone()));
  }

  /** The name of the variable that a classifier asks for; null where none is declared. */
  public @Nullable String classVariable() {
    return flat.classVariable;
  }

  /**
   * The same circuit, sharing its arrays, with a card: what is to be known of how it came about. It
   * travels in the file and changes no answer.
   *
   * @param json a JSON document; the engine does not look into it. null takes the card off
   */
  public Circuit withCard(@Nullable String json) {
    return new Circuit(flat.withCard(json));
  }

  /** The card, a JSON document; null where there is none. */
  public @Nullable String card() {
    return flat.card;
  }

  /** A builder for a circuit over the given variables. */
  public static CircuitBuilder builder(List<Variable> variables) {
    return new CircuitBuilder(variables);
  }

  /**
   * Reads a {@code .circuit} file.
   *
   * @throws IOException if the file cannot be read
   * @throws CircuitException if it is not a valid circuit
   */
  public static Circuit load(Path file) throws IOException {
    return new Circuit(CircuitFile.read(file));
  }

  /**
   * Reads the bytes of a {@code .circuit} file.
   *
   * @param name what messages call them
   * @throws CircuitException if they are not a valid circuit
   */
  public static Circuit ofBytes(String name, byte[] bytes) {
    return new Circuit(CircuitFile.read(name, bytes));
  }

  /** The bytes of a {@code .circuit} file, for another process or another kind of storage. */
  public byte[] toBytes() {
    return CircuitFileWriter.bytes(flat);
  }

  /**
   * Writes a {@code .circuit} file atomically: the file is either the old one or the whole new one.
   *
   * @throws IOException if the file cannot be written; the old file is whole then
   */
  public void save(Path file) throws IOException {
    CircuitFileWriter.write(flat, file);
  }

  /**
   * This circuit times a formula: its distribution given that the formula holds, which holds in
   * every answer from then on. Its integral is 1, but for rounding, where that over the formula is
   * in the range of a double. States are taken off leaves; an interval that the formula leaves a
   * real variable whatever else holds becomes its domain.
   *
   * @param maxEdges edges that the result may have
   * @throws ArgumentException if the formula names a variable or state that there is not
   * @throws RefusedException if this is not smooth and decomposable without links, if the formula
   *     has probability zero or leaves a real variable different intervals in different cases, or
   *     if the result would have more edges
   */
  public Circuit where(Formula formula, long maxEdges) {
    if (!structure().isTractable()) {
      throw new RefusedException(
          "a formula is compiled into smooth and decomposable circuits without links",
          Objects.requireNonNull(structure().whyNotTractable()),
          "ask with the formula instead");
    }
    flat.requireNoBlocks(
        "the product with a formula", "ask with the formula instead" + FlatCircuit.WITHOUT_BLOCKS);
    Diagram diagram = Diagram.of(flat, formula);
    FlatCircuit product =
        Constrained.of(flat, diagram, whole -> new Circuit(whole).normaliser().logZ(), maxEdges)
            .withCard(flat.card);
    String name = flat.classVariable;
    return new Circuit(name == null ? product : product.withClassVariable(name));
  }

  /** The variables, in the order of the columns of a batch. */
  public List<Variable> variables() {
    return flat.variables;
  }

  /** Number of variables. */
  public int numVariables() {
    return flat.numVariables();
  }

  /** Number of nodes. */
  public int numNodes() {
    return flat.numNodes();
  }

  /** Number of edges. */
  public int numEdges() {
    return flat.numEdges();
  }

  /** Number of parameters: weights, means, scales, log-probabilities, constants. */
  public int numParameters() {
    return flat.numParameters();
  }

  /** The root node. */
  public int root() {
    return flat.root;
  }

  /**
   * The index of a variable.
   *
   * @throws ArgumentException if there is no such variable
   */
  public int indexOf(String name) {
    return flat.indexOf(name);
  }

  /** The kind of a node. */
  public NodeKind kind(int node) {
    return flat.kind(node);
  }

  /** Number of children of a node. */
  public int numChildren(int node) {
    return flat.numChildren(node);
  }

  /** The i-th child of a node; always less than the node. */
  public int child(int node, int i) {
    return flat.child(node, i);
  }

  /** Number of parameters of a node. */
  public int numParameters(int node) {
    return flat.numParameters(node);
  }

  /**
   * The i-th parameter of a node: mean and scale of a Gaussian or link, natural logs of a
   * categorical or constant, linear weights of a sum.
   */
  public double parameter(int node, int i) {
    return flat.parameter(node, i);
  }

  /** The variable of a leaf, -1 for a node that is not a leaf on a variable. */
  public int variable(int node) {
    return flat.variable[node];
  }

  /** The structural properties; computed once, when first asked for. */
  public Structure structure() {
    return flat.structure();
  }

  /** The natural log of the integral of {@code f}, where it is exact; computed once. */
  public Normaliser normaliser() {
    Normaliser result = normaliser;
    if (result == null) {
      result = Partition.of(flat);
      normaliser = result;
    }
    return result;
  }

  /**
   * Which component evidence speaks for, where the root is a sum: the posterior of a hidden
   * variable {@code component} whose states "1", "2", ... are the root's children in their order.
   * Null where the root is no sum, what is not known has no one-pass rule, or a formula is known.
   *
   * @throws ArgumentException if the evidence speaks of another circuit
   * @throws RefusedException if the evidence has probability zero, or rounding may change a share
   */
  public @Nullable CategoricalPosterior components(Evidence evidence) {
    if (evidence.circuit() != this) {
      throw new ArgumentException("the evidence speaks of another circuit; expected this one");
    }
    if (evidence.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    return evidence.formula() == null
        ? new ExactQueries(flat, ClosedFormVariables.of(flat)).components(evidence.flat)
        : null;
  }

  @Override
  public String toString() {
    return "Circuit[%d variables, %d nodes, %d edges]"
        .formatted(numVariables(), numNodes(), numEdges());
  }
}

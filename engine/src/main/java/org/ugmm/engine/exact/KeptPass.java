package org.ugmm.engine.exact;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.number.LogSum;

/**
 * The values of a smooth and decomposable circuit without links, kept while the evidence changes:
 * after a change of some variables only nodes above their leaves are evaluated again, and downward
 * only nodes above the leaves of what is asked for. Not thread-safe.
 */
public final class KeptPass {
  /*
   * A node is a function of its children and the evidence alone, so that what is evaluated again has the
   * bits of a pass over all nodes, and a node whose value, error and doubt come out as before ends the
   * way up. Where more than half of the nodes turned out to be concerned the rest is evaluated without
   * looking, which is faster. Downward, all parents of a node above a leaf are above it too, so that
   * their flows are added up in the same order as in a pass over all nodes.
   */
  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final PosteriorPass posteriors;
  private final Graph graph;
  private final FlatEvidence evidence;

  /** Variables whose evidence has changed since the last evaluation. */
  private final BitSet changed = new BitSet();

  /** Nodes to be evaluated again; empty between calls. */
  private final BitSet dirty = new BitSet();

  private final BitSet among = new BitSet();
  private boolean isNew = true;
  private boolean wasOutside;
  private long nodesUp;
  private long edgesUp;
  private long nodesDown;
  private long edgesDown;

  /** What does not change: the parents of each node and the leaves of each variable. */
  private record Graph(int[] parentStart, int[] parent, int[] leafStart, int[] leaf) {}

  /**
   * Prepares, evaluating nothing.
   *
   * @param evidence (Input, kept) whoever changes it says so by {@link #change}
   */
  public KeptPass(FlatEvidence evidence) {
    this(evidence, graph(evidence.circuit));
  }

  private KeptPass(FlatEvidence evidence, Graph graph) {
    this.evidence = evidence;
    this.graph = graph;
    c = evidence.circuit;
    evaluator = new LogEvaluator(c);
    posteriors = new PosteriorPass(evaluator, new Flows(evaluator));
  }

  private static Graph graph(FlatCircuit c) {
    int[] parentStart = new int[c.numNodes() + 1];
    int[] leafStart = new int[c.numVariables() + 1];
    for (int n = 0; n <= c.root; n++) {
      for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
        parentStart[c.child[i] + 1]++;
      }
      if (c.variable[n] >= 0) {
        leafStart[c.variable[n] + 1]++;
      }
    }
    Arrays.parallelPrefix(parentStart, Integer::sum);
    Arrays.parallelPrefix(leafStart, Integer::sum);
    int[] nextParent = parentStart.clone();
    int[] nextLeaf = leafStart.clone();
    int[] parent = new int[parentStart[c.numNodes()]];
    int[] leaf = new int[leafStart[c.numVariables()]];
    for (int n = 0; n <= c.root; n++) {
      for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
        parent[nextParent[c.child[i]]++] = n;
      }
      if (c.variable[n] >= 0) {
        leaf[nextLeaf[c.variable[n]]++] = n;
      }
    }
    return new Graph(parentStart, parent, leafStart, leaf);
  }

  /** A copy with evidence of its own that says the same. */
  public KeptPass fork(FlatEvidence same) {
    KeptPass fork = new KeptPass(same, graph);
    System.arraycopy(evaluator.value, 0, fork.evaluator.value, 0, c.numNodes());
    System.arraycopy(evaluator.error, 0, fork.evaluator.error, 0, c.numNodes());
    System.arraycopy(evaluator.doubt, 0, fork.evaluator.doubt, 0, c.numNodes());
    fork.changed.or(changed);
    fork.isNew = isNew;
    fork.wasOutside = wasOutside;
    return fork;
  }

  /** Says that the evidence on a variable has changed. */
  public void change(int variable) {
    changed.set(variable);
  }

  /**
   * The integral of the circuit over what the evidence leaves open.
   *
   * @throws org.ugmm.engine.data.RefusedException if it is too large for a double
   */
  public LogSum integral() {
    update();
    LogSum sum = new LogSum();
    boolean isZero = evaluator.isZero();
    sum.add(evaluator.value[c.root], isZero ? 0 : evaluator.error[c.root]);
    return sum;
  }

  private void update() {
    nodesUp = 0;
    edgesUp = 0;
    nodesDown = 0;
    edgesDown = 0;
    if (isNew) {
      isNew = false;
      everything(0);
    } else {
      for (int v = changed.nextSetBit(0); v >= 0; v = changed.nextSetBit(v + 1)) {
        for (int i = graph.leafStart[v]; i < graph.leafStart[v + 1]; i++) {
          dirty.set(graph.leaf[i]);
        }
      }
      dirty.set(c.root, dirty.get(c.root) || wasOutside);
      evaluateDirty();
    }
    changed.clear();
    wasOutside = evidence.isPointOutside();
    evaluator.checkedTop(evidence);
  }

  private void evaluateDirty() {
    int n = dirty.nextSetBit(0);
    while (n >= 0) {
      double value = evaluator.value[n];
      double error = evaluator.error[n];
      double doubt = evaluator.doubt[n];
      evaluate(n);
      boolean isSame =
          same(value, evaluator.value[n])
              && same(error, evaluator.error[n])
              && same(doubt, evaluator.doubt[n]);
      for (int i = graph.parentStart[n]; i < graph.parentStart[n + 1] && !isSame; i++) {
        dirty.set(graph.parent[i]);
      }
      if (nodesUp > c.root / 2) {
        everything(n + 1);
        break;
      }
      n = dirty.nextSetBit(n + 1);
    }
    dirty.clear();
  }

  private static boolean same(double a, double b) {
    return Double.doubleToRawLongBits(a) == Double.doubleToRawLongBits(b);
  }

  private void everything(int from) {
    for (int n = from; n <= c.root; n++) {
      evaluate(n);
    }
  }

  private void evaluate(int n) {
    evaluator.evaluate(n, evidence);
    nodesUp++;
    edgesUp += c.numChildren(n);
  }

  /** Whether a variable has a leaf below the root. */
  public boolean occurs(int variable) {
    return posteriors.occurs(variable);
  }

  /**
   * The posterior of a variable that {@link #occurs} and has no value.
   *
   * @return null where it takes more than one pass up and one down: where the evidence has
   *     probability zero, a probability is too small for a double, or rounding may change it
   */
  public @Nullable Posterior posterior(int variable) {
    update();
    if (evaluator.value[c.root] == Double.NEGATIVE_INFINITY) {
      return null;
    }
    among.clear();
    for (int i = graph.leafStart[variable]; i < graph.leafStart[variable + 1]; i++) {
      among.set(graph.leaf[i]);
    }
    for (int n = among.nextSetBit(0); n >= 0; n = among.nextSetBit(n + 1)) {
      for (int i = graph.parentStart[n]; i < graph.parentStart[n + 1]; i++) {
        among.set(graph.parent[i]);
      }
      nodesDown++;
      edgesDown += c.numChildren(n);
    }
    return posteriors.towards(variable, among, evidence);
  }

  /** Nodes evaluated by the last call, on the way up. */
  public long nodesUp() {
    return nodesUp;
  }

  /** Edges below these. */
  public long edgesUp() {
    return edgesUp;
  }

  /** Nodes visited by the last call, on the way down. */
  public long nodesDown() {
    return nodesDown;
  }

  /** Edges below these. */
  public long edgesDown() {
    return edgesDown;
  }
}

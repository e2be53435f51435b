package org.ugmm.engine.exact;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.mixture.LeafMixture;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * Reads the posteriors of all variables off one upward and one downward pass, or off one such pair
 * for each joint state of the variables that must be enumerated. Not thread-safe.
 */
public final class PosteriorPass {
  /*
   * Each variable owns a range of slots: one for each state, or one for each distinct Gaussian and one
   * for the base measure. A leaf with flow adds to its slots; equal Gaussians share a slot and so are
   * merged. Slots are normalised variable by variable, so that the root's own error cancels.
   */
  private static final int[] NONE = {};

  private record Component(NodeKind kind, List<Double> parameters) {}

  /** Smaller weights have no bound relative to themselves. */
  private static final double SMALLEST = CategoricalPosterior.SMALLEST;

  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final Flows flows;

  /** [numVariables + 1] first slot of each variable. */
  private final int[] slotStart;

  /**
   * [numNodes] slot of a real leaf, first slot of a categorical one, -1 for others and dead nodes.
   */
  private final int[] slotOfNode;

  /** [numNodes] slot of each coordinate of a Gaussian over several variables; none elsewhere. */
  private final int[][] slotsOfBlock;

  /** [numSlots] a leaf that a slot of a real variable or a count is about; -1 for others. */
  private final int[] leafOf;

  /** [numSlots] the most that compiling rounded of a scale of the leaves, in units of 2^-53. */
  private final double[] scaleUnits;

  private final double[] weight;
  private final double[] weightError;

  /** [numSlots] how many numbers were added up. */
  private final int[] additions;

  /** What the slots of a variable may lack by the large errors of values, in units of 2^-53. */
  private double doubt;

  private final LogSum total = new LogSum();
  private boolean @Nullable [] closedForm;
  private int[] enumerated = {};
  private boolean isRelative;

  /** Whether a weight of 0 may be one too small for a double. */
  private boolean hasUnderflow;

  public PosteriorPass(LogEvaluator evaluator, Flows flows) {
    this.evaluator = evaluator;
    this.flows = flows;
    c = evaluator.circuit();
    int numVariables = c.numVariables();
    boolean[] live = Reach.from(c, c.root);
    List<Object2IntOpenHashMap<Component>> components = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      components.add(new Object2IntOpenHashMap<>());
    }
    slotOfNode = new int[c.numNodes()];
    Arrays.fill(slotOfNode, -1);
    int[] size = new int[numVariables];
    slotsOfBlock = new int[c.numNodes()][];
    Arrays.fill(slotsOfBlock, NONE);
    for (int n = 0; n < slotOfNode.length; n++) {
      int v = c.variable[n];
      if (live[n] && c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        MultivariateGaussian block = c.block(n);
        slotsOfBlock[n] = new int[block.size()];
        for (int i = 0; i < block.size(); i++) {
          slotsOfBlock[n][i] = size[block.variable(i)]++;
        }
      }
      if (!live[n] || v < 0) {
        continue;
      }
      if (c.variables.get(v) instanceof Categorical categorical) {
        slotOfNode[n] = 0;
        size[v] = categorical.numStates();
      } else {
        List<Double> parameters = new ArrayList<>();
        for (int i = 0; i < c.numParameters(n); i++) {
          parameters.add(c.parameter(n, i) + 0.0); // no -0
        }
        Component component = new Component(c.kind(n), parameters);
        Object2IntOpenHashMap<Component> known = components.get(v);
        if (!known.containsKey(component)) {
          known.put(component, size[v]++);
        }
        slotOfNode[n] = known.getInt(component);
      }
    }
    slotStart = new int[numVariables + 1];
    for (int v = 0; v < numVariables; v++) {
      slotStart[v + 1] = slotStart[v] + size[v];
    }
    leafOf = new int[slotStart[numVariables]];
    Arrays.fill(leafOf, -1);
    scaleUnits = new double[leafOf.length];
    weight = new double[slotStart[numVariables]];
    weightError = new double[slotStart[numVariables]];
    additions = new int[slotStart[numVariables]];
    for (int n = 0; n < slotOfNode.length; n++) {
      if (slotOfNode[n] >= 0) {
        slotOfNode[n] += slotStart[c.variable[n]];
        leafOf[slotOfNode[n]] = c.kind(n) == NodeKind.CATEGORICAL ? -1 : n;
        if (c.kind(n) == NodeKind.GAUSSIAN) {
          scaleUnits[slotOfNode[n]] = Math.max(scaleUnits[slotOfNode[n]], c.rounding(n));
        }
      }
      for (int i = 0; i < slotsOfBlock[n].length; i++) {
        slotsOfBlock[n][i] += slotStart[c.block(n).variable(i)];
        leafOf[slotsOfBlock[n][i]] = n;
      }
    }
  }

  /** Whether a variable has a leaf below the root. */
  public boolean occurs(int variable) {
    return slotStart[variable] < slotStart[variable + 1];
  }

  /**
   * Runs the passes; false when the evidence has probability zero. Where the logs of the values are
   * so large that they have no digits left for what is compared, they are taken relative to the
   * nearest leaves.
   *
   * @throws RefusedException if the density is beyond the range of a double everywhere
   */
  public boolean run(Enumeration enumeration) {
    try {
      return runKeeping(enumeration);
    } finally {
      evaluator.unrelate();
    }
  }

  /** As {@link #run}; the evaluator stays relative where it had to be. */
  boolean runKeeping(Enumeration enumeration) {
    enumerated = enumeration.variables();
    isRelative = false;
    evaluator.unrelate();
    boolean found = pass(enumeration);
    FlatEvidence e = enumeration.original();
    if (found ? isCertain(e) : doubt == 0) {
      return found;
    }
    evaluator.relate(e, closedForm());
    isRelative = true;
    enumeration.restart();
    found = pass(enumeration);
    if (!found && doubt > 0) {
      throw Certify.noDensity(doubt);
    }
    return found;
  }

  /** [numVariables] whether the circuit is smooth and decomposable in a variable, without links. */
  private boolean[] closedForm() {
    if (closedForm == null) {
      ClosedFormVariables marginals = ClosedFormVariables.of(c);
      closedForm = new boolean[c.numVariables()];
      for (int v = 0; v < closedForm.length; v++) {
        closedForm[v] = marginals.whyNot(v) == null;
      }
    }
    return closedForm;
  }

  private boolean pass(Enumeration enumeration) {
    Arrays.fill(weight, 0);
    Arrays.fill(weightError, 0);
    Arrays.fill(additions, 0);
    total.clear();
    double rescaling = 0;
    doubt = 0;
    hasUnderflow = false;
    while (enumeration.next()) {
      double logTerm = enumeration.logTerm();
      double max = total.max();
      double share = total.add(logTerm, enumeration.errorUnits());
      if (share == 0) {
        hasUnderflow = true;
        continue;
      }
      if (logTerm > max && max > Double.NEGATIVE_INFINITY) {
        rescaling += logTerm - max + 4;
        double down = Math.exp(max - logTerm);
        for (int s = 0; s < weight.length; s++) {
          weight[s] *= down;
          weightError[s] *= down;
        }
      }
      flows.downward();
      doubt = Math.max(doubt, flows.doubtUnits());
      hasUnderflow |= flows.hasUnderflow();
      double units = total.max() - logTerm + 4 + rescaling;
      for (int n = 0; n <= c.root; n++) {
        if (flows.flow[n] > 0 && slotOfNode[n] >= 0) {
          addLeaf(n, share, units, enumeration.evidence());
        }
        for (int i = 0; flows.flow[n] > 0 && i < slotsOfBlock[n].length; i++) {
          if (evaluator.given(n).isOpen(i)) {
            double error = units + flows.derivativeErrorUnits(n) + evaluator.error[n];
            add(slotsOfBlock[n][i], share * flows.flow[n], error);
          }
        }
      }
      for (int i = 0; i < enumeration.numVariables(); i++) {
        int v = enumeration.variable(i);
        if (occurs(v)) {
          add(slotStart[v] + enumeration.state(i), share, units + enumeration.errorUnits());
        }
      }
    }
    doubt += total.doubtUnits();
    return total.max() > Double.NEGATIVE_INFINITY;
  }

  /**
   * The posterior of a variable after an upward pass, downward only towards its leaves; the bits
   * are those of {@link #run}, where that takes no more than one pass up and down.
   *
   * @param among the nodes above the leaves of the variable, and these
   * @return null where it takes more
   */
  @Nullable Posterior towards(int v, BitSet among, FlatEvidence e) {
    enumerated = new int[0];
    isRelative = false;
    for (int s = slotStart[v]; s < slotStart[v + 1]; s++) {
      weight[s] = 0;
      weightError[s] = 0;
      additions[s] = 0;
    }
    total.clear();
    total.add(evaluator.value[c.root], evaluator.error[c.root]);
    flows.downward(among);
    doubt = flows.doubtUnits() + total.doubtUnits();
    hasUnderflow = flows.hasUnderflow();
    for (int n = among.nextSetBit(0); n >= 0; n = among.nextSetBit(n + 1)) {
      if (c.variable[n] == v && flows.flow[n] > 0 && slotOfNode[n] >= 0) {
        addLeaf(n, 1, 4, e);
      }
    }
    boolean isCertain = Rounding.relative(units(v)) < Double.POSITIVE_INFINITY;
    return isCertain && !hasTiny(v) ? posterior(v, e) : null;
  }

  /** Whether a state of a categorical variable has a probability that only its log tells. */
  private boolean hasTiny(int v) {
    double sum = 0;
    for (int s = slotStart[v]; s < slotStart[v + 1]; s++) {
      sum += weight[s];
    }
    boolean hasTiny = false;
    for (int s = slotStart[v]; s < slotStart[v + 1]; s++) {
      boolean isZero = weight[s] == 0 && !hasUnderflow;
      hasTiny |= weight[s] / sum < CategoricalPosterior.SMALLEST && !isZero;
    }
    return hasTiny && c.variables.get(v) instanceof Categorical;
  }

  private void addLeaf(int n, double share, double units, FlatEvidence e) {
    int slot = slotOfNode[n];
    int v = c.variable[n];
    if (e.form[v] == FlatEvidence.POINT) {
      return; // what is known has no posterior; an enumerated variable is added as a whole
    }
    double error = units + flows.derivativeErrorUnits(n);
    double amount = share * flows.flow[n];
    if (!(c.variables.get(v) instanceof Categorical)) {
      add(slot, amount, error + evaluator.error[n]);
      return;
    }
    double[] likelihood = e.form[v] == FlatEvidence.LIKELIHOOD ? e.logLikelihood[v] : null;
    int from = c.parameterStart[n];
    for (int p = from; p < c.parameterStart[n + 1]; p++) {
      double soft = likelihood == null ? 0 : likelihood[p - from];
      double log = c.parameter[p] + soft - evaluator.value[n];
      if (log > Double.NEGATIVE_INFINITY) {
        double own = 2 * Math.abs(c.parameter[p]) + 2 * Math.abs(soft);
        double part = amount * Math.exp(log);
        hasUnderflow |= part == 0;
        add(slot + p - from, part, error + own + Math.abs(log) + 4 + c.rounding(n));
      }
    }
  }

  private void add(int slot, double amount, double errorUnits) {
    weight[slot] += amount;
    weightError[slot] += amount * (errorUnits + 1);
    additions[slot]++;
  }

  /** Bound on the relative error of the weights of a variable after {@link #run}, in units. */
  private double units(int v) {
    double total = 0;
    double totalError = 0;
    double worst = 0;
    int mostAdditions = 0;
    for (int s = slotStart[v]; s < slotStart[v + 1]; s++) {
      total += weight[s];
      totalError += weightError[s];
      mostAdditions = Math.max(mostAdditions, additions[s]);
      worst = Math.max(worst, weight[s] > SMALLEST ? weightError[s] / weight[s] : 0);
    }
    int numSlots = slotStart[v + 1] - slotStart[v];
    return worst + totalError / total + numSlots + 2.0 * mostAdditions + 1 + doubt;
  }

  /** Whether rounding leaves the posteriors of all open variables their digits. */
  boolean isCertain(FlatEvidence e) {
    for (int v = 0; v < c.numVariables(); v++) {
      boolean isOpen = e.form[v] != FlatEvidence.POINT && occurs(v);
      if (isOpen && !(Rounding.relative(units(v)) < Double.POSITIVE_INFINITY)) {
        return false;
      }
    }
    return true;
  }

  /** The posterior of a categorical variable with the logs of what is too small for a double. */
  private CategoricalPosterior withLogs(int v, FlatEvidence e) {
    if (isRelative) {
      evaluator.relate(e, closedForm());
    }
    try {
      return new PartSums(evaluator, enumerated).posterior(v, e);
    } finally {
      evaluator.unrelate();
    }
  }

  /**
   * Requires that rounding leaves all open variables the digits of their posteriors.
   *
   * @throws RefusedException if it does not
   */
  void requireCertain(FlatEvidence e) {
    for (int v = 0; v < c.numVariables(); v++) {
      if (e.form[v] != FlatEvidence.POINT && occurs(v)) {
        Certify.exact(units(v), "the distribution of '%s'", c.variables.get(v).name());
      }
    }
  }

  /**
   * The posterior of a variable after {@link #run}. A real variable is cut to where its domain and
   * the evidence let it be.
   *
   * @throws RefusedException if rounding may change it
   */
  public Posterior posterior(int v, FlatEvidence e) {
    int from = slotStart[v];
    int to = slotStart[v + 1];
    double total = 0;
    for (int s = from; s < to; s++) {
      total += weight[s];
    }
    Certificate certificate =
        Certify.exact(units(v), "the posterior of '%s'", c.variables.get(v).name());
    if (c.variables.get(v) instanceof Categorical categorical) {
      double[] probability = new double[to - from];
      for (int s = from; s < to; s++) {
        probability[s - from] = weight[s] / total;
      }
      return hasTiny(v)
          ? withLogs(v, e)
          : new CategoricalPosterior(categorical, probability, certificate);
    }
    Real real = (Real) c.variables.get(v);
    boolean interval = e.form[v] == FlatEvidence.INTERVAL;
    double lo = interval ? real.least(e.a[v]) : real.lo();
    double hi = interval ? real.greatest(e.b[v]) : real.hi();
    boolean areGaussian = true;
    int size = 0;
    for (int s = from; s < to; s++) {
      areGaussian &= !c.kind(leafOf[s]).isUnivariate();
      size += weight[s] > 0 && c.kind(leafOf[s]) != NodeKind.BASE ? 1 : 0;
    }
    if (!areGaussian) {
      requireApart(v);
      return leaves(v, total, lo, hi, certificate);
    }
    double[] weights = new double[size];
    double[] means = new double[size];
    double[] scales = new double[size];
    double[] meanErrors = new double[size];
    double[] scaleErrors = new double[size];
    int count = 0;
    double baseWeight = 0;
    for (int s = from; s < to; s++) {
      if (c.kind(leafOf[s]) == NodeKind.BASE) {
        baseWeight = weight[s] / total;
      } else if (weight[s] > 0 && c.kind(leafOf[s]) == NodeKind.GAUSSIAN_BLOCK) {
        GaussianGiven given = evaluator.given(leafOf[s]);
        int i = c.block(leafOf[s]).coordinate(v);
        requireApart(given, i, leafOf[s]);
        weights[count] = weight[s] / total;
        means[count] = given.mean(i) + 0.0; // no -0
        scales[count] = given.scale(i);
        meanErrors[count] = given.meanError(i);
        scaleErrors[count++] = given.scaleUnits() * Rounding.U;
      } else if (weight[s] > 0) {
        weights[count] = weight[s] / total;
        means[count] = c.parameter(leafOf[s], 0) + 0.0; // no -0
        scales[count] = c.parameter(leafOf[s], 1);
        scaleErrors[count++] = scaleUnits[s] * Rounding.U;
      }
    }
    GaussianMixture mixture =
        new GaussianMixture(real, weights, means, scales, baseWeight, lo, hi, certificate);
    return c.hasBlocks() || c.rounding.length > 0
        ? mixture.withErrors(meanErrors, scaleErrors)
        : mixture;
  }

  /**
   * Requires that what is left of a Gaussian over several variables is a Gaussian in one of them.
   *
   * @throws RefusedException if an interval is known of another one
   */
  private void requireApart(GaussianGiven given, int coordinate, int node) {
    int known = given.interval();
    String name = c.variables.get(c.block(node).variable(coordinate)).name();
    if (known >= 0 && known != coordinate) {
      String other = c.variables.get(c.block(node).variable(known)).name();
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "an interval is known of '%s', which is in one Gaussian over several variables with '%s': what is left of that is no mixture of Gaussians"
                  .formatted(other, name),
              name,
              other),
          "give '%s' a value or nothing, or draw samples".formatted(other)
              + FlatCircuit.WITHOUT_BLOCKS);
    }
    if (!Double.isFinite(given.mean(coordinate))) {
      throw new RefusedException(
          "the mean of '%s' given the evidence is beyond the range of a double; check the evidence, or rescale the model"
              .formatted(name));
    }
  }

  private void requireWhole(int v, boolean isCut) {
    if (isCut) {
      String name = c.variables.get(v).name();
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "an interval is known of '%s', on which Gaussians over several variables meet leaves of other families"
                  .formatted(name),
              name),
          "give '%s' a value or nothing".formatted(name) + FlatCircuit.WITHOUT_BLOCKS);
    }
  }

  private void requireApart(int v) {
    for (int s = slotStart[v]; s < slotStart[v + 1]; s++) {
      if (weight[s] > 0 && c.kind(leafOf[s]) == NodeKind.GAUSSIAN_BLOCK) {
        requireApart(evaluator.given(leafOf[s]), c.block(leafOf[s]).coordinate(v), leafOf[s]);
      }
    }
  }

  private LeafMixture leaves(int v, double total, double lo, double hi, Certificate certificate) {
    DoubleArrayList weights = new DoubleArrayList();
    List<NodeKind> kinds = new ArrayList<>();
    List<double[]> parameters = new ArrayList<>();
    DoubleArrayList meanErrors = new DoubleArrayList();
    DoubleArrayList varianceErrors = new DoubleArrayList();
    for (int s = slotStart[v]; s < slotStart[v + 1]; s++) {
      int n = leafOf[s];
      if (weight[s] > 0 && c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        GaussianGiven given = evaluator.given(n);
        int i = c.block(n).coordinate(v);
        weights.add(weight[s] / total);
        kinds.add(NodeKind.GAUSSIAN);
        parameters.add(new double[] {given.mean(i) + 0.0, given.scale(i)});
        boolean isCut = lo > Double.NEGATIVE_INFINITY || hi < Double.POSITIVE_INFINITY;
        requireWhole(v, isCut);
        meanErrors.add(given.meanError(i));
        varianceErrors.add(2.02 * Rounding.U * given.scaleUnits());
      } else if (weight[s] > 0) {
        meanErrors.add(0);
        varianceErrors.add(0);
        weights.add(weight[s] / total);
        kinds.add(c.kind(n));
        parameters.add(
            Arrays.copyOfRange(c.parameter, c.parameterStart[n], c.parameterStart[n + 1]));
      }
    }
    Real real = (Real) c.variables.get(v);
    LeafMixture mixture =
        new LeafMixture(real, weights.toDoubleArray(), kinds, parameters, lo, hi, certificate);
    return c.hasBlocks()
        ? mixture.withErrors(meanErrors.toDoubleArray(), varianceErrors.toDoubleArray())
        : mixture;
  }
}

package org.ugmm.engine.deep.integral;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate.Estimated;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.IndependentParts;
import org.ugmm.engine.flat.Scopes;

/**
 * The integral of a circuit over all that evidence leaves open, or one for each state of a target
 * variable: each independent part is integrated alone, and what is above the parts is exact.
 */
public final class PartIntegrals {
  private final FlatCircuit c;
  private final FlatEvidence evidence;
  private final int target;
  private final InferenceOptions options;

  /** [states of the target, or 1] natural logs of the integrals. */
  public final double[] log;

  /** As many estimated relative errors. */
  public final double[] error;

  /** How the part with the most reals was integrated, and all evaluations. */
  private Estimated worst = new Estimated(0, "closed form", 0, 0);

  private int mostReals = -1;
  private long evaluations;

  /** The parts' nodes; empty where the whole circuit is one. */
  private final int[] top;

  /** What is integrated: the whole, or each part. */
  private final ConditionedNetwork[] network;

  /**
   * Prepares integrals.
   *
   * @param target a categorical variable without a value, or -1
   */
  public PartIntegrals(FlatEvidence evidence, int target, InferenceOptions options) {
    this.evidence = evidence;
    this.target = target;
    this.options = options;
    c = evidence.circuit;
    int count = target < 0 ? 1 : ((Categorical) c.variables.get(target)).numStates();
    log = new double[count];
    error = new double[count];
    boolean[] open = new boolean[c.numVariables()];
    boolean[] ruleless = new boolean[c.numVariables()];
    ClosedFormVariables closedForm = ClosedFormVariables.of(c);
    boolean hasPrior = false;
    for (int v = 0; v < open.length; v++) {
      open[v] = v != target && !evidence.isPoint(v);
      ruleless[v] = open[v] && closedForm.whyNot(v) != null;
      hasPrior |= open[v] && c.variables.get(v) instanceof Real real && real.prior() != null;
    }
    IndependentParts parts = new IndependentParts(c, ruleless, open);
    if (hasPrior || parts.isRoot(c)) {
      top = new int[0];
      network =
          new ConditionedNetwork[] {
            target < 0
                ? ConditionedNetwork.of(evidence)
                : ConditionedNetwork.ofStates(evidence, target)
          };
    } else {
      top = parts.top;
      network = new ConditionedNetwork[top.length];
      Scopes scopes = Scopes.of(c);
      FlatEvidence fixed = evidence.copy();
      if (target >= 0) {
        fixed.unobserve(target);
      }
      for (int p = 0; p < top.length; p++) {
        network[p] =
            target >= 0 && scopes.contains(top[p], target)
                ? ConditionedNetwork.ofStates(fixed, target, top[p])
                : ConditionedNetwork.of(fixed, top[p]);
      }
    }
  }

  /** That a real of a part has no bounds; null where all have. */
  public @Nullable Why whyNot() {
    for (ConditionedNetwork part : network) {
      Why why = part.whyUnbounded();
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  /** Integrates. */
  public void run() {
    if (top.length == 0) {
      integrate(network[0], log, error);
    } else {
      apart();
    }
  }

  private void apart() {
    FlatEvidence fixed = evidence.copy();
    double[][] logs = new double[top.length][log.length];
    double[][] errors = new double[top.length][log.length];
    for (int p = 0; p < top.length; p++) {
      integrate(network[p], logs[p], errors[p]);
    }
    LogEvaluator above = new LogEvaluator(c);
    double[] none = new double[top.length];
    for (int s = 0; s < log.length; s++) {
      double soft = 0;
      if (target >= 0) {
        fixed.unobserve(target).observe(target, s);
        soft =
            evidence.form[target] == FlatEvidence.LIKELIHOOD
                ? evidence.logLikelihood[target][s]
                : 0;
      }
      int state = s;
      double[] given = Arrays.stream(logs).mapToDouble(part -> part[state]).toArray();
      log[s] = above.upward(fixed, top, given, none) + soft;
      above.downward();
      for (int p = 0; p < top.length; p++) {
        error[s] += errors[p][s] > 0 ? above.flow[top[p]] * errors[p][s] : 0;
      }
    }
  }

  /** Integrates a network with as many outputs as there are logs, or with one for all of them. */
  private void integrate(ConditionedNetwork part, double[] logs, double[] errors) {
    IntegralEstimate integral = new IntegralEstimate(part);
    integral.run(options);
    int numOutputs = integral.integral.length;
    for (int s = 0; s < logs.length; s++) {
      double value = integral.integral[Math.min(s, numOutputs - 1)];
      double absolute = integral.error[Math.min(s, numOutputs - 1)];
      logs[s] = value > 0 ? Math.log(value) + integral.logShift : Double.NEGATIVE_INFINITY;
      errors[s] = value > 0 ? absolute / value : 0;
    }
    evaluations += integral.evaluations();
    if (part.numReal() > mostReals) {
      mostReals = part.numReal();
      worst = integral.certificate(0, options.seed());
    }
  }

  /** The certificate of an answer with an error. */
  public Estimated certificate(double answerError) {
    return new Estimated(answerError, worst.method(), worst.seed(), evaluations);
  }
}

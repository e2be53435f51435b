package org.ugmm.engine.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Posterior.Numeric;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Interruption;

/**
 * Says what the value of a variable that is not known would tell of a target (Lindley, On a measure
 * of the information provided by an experiment, 1956). Interval and soft evidence are part of what
 * is known; a variable of which only that much is known is a candidate too. Safe to share between
 * threads.
 *
 * <p>Categorical candidates of a categorical target are EXACT. With one real among the two, the
 * information is a one-dimensional integral of closed forms, ESTIMATED by quadrature, and what is
 * left of the variance of a real target is EXACT; two reals are ESTIMATED by drawn rows. Needs a
 * circuit with closed forms for what is not known.
 */
public final class Advisor {
  private static final int DRAWN_ROWS = 4096;

  /** Rows drawn where each is a query of its own. */
  private static final int FEW_ROWS = 512;

  private static final double ULP = 0x1p-52;

  private final Inference inference;

  /** Advises by what an inference answers, with its options. */
  public Advisor(Inference inference) {
    this.inference = inference;
  }

  /**
   * What each variable without a value would tell.
   *
   * @param target index of the variable
   * @throws ArgumentException if the target is observed as a point
   * @throws RefusedException if the evidence has probability zero, or the target no exact posterior
   */
  public Advice advise(int target, Evidence evidence) {
    Posterior now = inference.posterior(target, evidence);
    require(now);
    Pairs pairs = pairs(target, now, evidence);
    List<Advice.Gain> gains = new ArrayList<>();
    for (int v = 0; v < inference.circuit().numVariables(); v++) {
      if (v != target && !evidence.isPoint(v) && pairs.occurs(v)) {
        gains.add(gain(pairs, v));
      }
    }
    return new Advice(now, gains);
  }

  /**
   * What one variable without a value would tell; refusals are part of the answer.
   *
   * @throws ArgumentException if target or candidate is observed as a point, or they are the same
   * @throws RefusedException as {@link #advise}
   */
  public Advice.Gain gain(int target, int candidate, Evidence evidence) {
    if (target == candidate) {
      throw new ArgumentException(
          "variable '%s' is target and candidate; expected two variables".formatted(name(target)),
          name(target));
    }
    Posterior now = inference.posterior(target, evidence);
    require(now);
    inference.posterior(candidate, evidence); // says what is wrong with it
    return gain(pairs(target, now, evidence), candidate);
  }

  private Pairs pairs(int target, Posterior now, Evidence evidence) {
    return now instanceof CategoricalPosterior states
        ? new OfStates(target, states, evidence)
        : new OfReal(target, (Numeric) now, evidence);
  }

  private static Advice.Gain gain(Pairs pairs, int candidate) {
    Interruption.check();
    try {
      return pairs.gain(candidate);
    } catch (RefusedException e) {
      return new Advice.Gain(candidate, null, null, e);
    }
  }

  private void require(Posterior posterior) {
    boolean hasForm = posterior instanceof CategoricalPosterior || posterior instanceof Numeric;
    if (!(posterior.certificate() instanceof Exact) || !hasForm) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "the posterior of '%s' is %s%s"
                  .formatted(
                      posterior.variable().name(),
                      posterior.certificate().kind(),
                      hasForm ? "" : ", and no mixture of Gaussians"),
              posterior.variable().name()),
          "advice needs exact posteriors of states or Gaussians: observe more, or ask for another target");
    }
  }

  private void requireEstimates() {
    if (!inference.options().allows(Certificate.Kind.ESTIMATED)) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM, "the information of a real variable has no closed form"),
          "allow estimated answers");
    }
  }

  private String name(int variable) {
    return inference.circuit().variables().get(variable).name();
  }

  private Posterior posterior(int variable, Evidence evidence) {
    Posterior found = inference.posterior(variable, evidence);
    require(found);
    return found;
  }

  private boolean hasLeaf(int variable) {
    for (int n = 0; n < inference.circuit().numNodes(); n++) {
      if (inference.circuit().variable(n) == variable) {
        return true;
      }
    }
    return false;
  }

  private static double bound(Posterior posterior) {
    return ((Exact) posterior.certificate()).relativeErrorBound();
  }

  private static Quantity exact(double value, double absoluteError) {
    return new Quantity(value, new Exact(absoluteError / Math.max(1, Math.abs(value))));
  }

  /** The target and each candidate. */
  private interface Pairs {
    boolean occurs(int candidate);

    Advice.Gain gain(int candidate);
  }

  /** A categorical target: what each of its states says of all others is asked once. */
  private final class OfStates implements Pairs {
    private final int target;
    private final CategoricalPosterior now;
    private final Evidence evidence;

    /** [states][variables] null where the state is impossible or the variable has no posterior. */
    private final @Nullable Posterior[][] given;

    OfStates(int target, CategoricalPosterior now, Evidence evidence) {
      this.target = target;
      this.now = now;
      this.evidence = evidence;
      double[] p = now.probabilities();
      given = new Posterior[p.length][inference.circuit().numVariables()];
      for (int s = 0; s < p.length; s++) {
        Interruption.check();
        if (p[s] > 0) {
          try {
            for (Posterior each : inference.posteriors(evidence.copy().observe(target, s))) {
              given[s][inference.circuit().indexOf(each.variable().name())] = each;
            }
          } catch (RefusedException e) {
            Arrays.fill(given[s], null); // each candidate is asked for itself, and refused itself
          }
        }
      }
    }

    @Override
    public boolean occurs(int candidate) {
      for (Posterior[] of : given) {
        if (of[candidate] != null) {
          return true;
        }
      }
      return hasLeaf(candidate);
    }

    private Posterior given(int state, int candidate) {
      Posterior found = given[state][candidate];
      if (found == null) {
        found = inference.posterior(candidate, evidence.copy().observe(target, state));
      }
      require(found);
      return found;
    }

    @Override
    public Advice.Gain gain(int candidate) {
      double[] p = now.probabilities();
      Posterior[] of = new Posterior[p.length];
      boolean isReal = false;
      for (int s = 0; s < p.length; s++) {
        if (p[s] > 0) {
          of[s] = given(s, candidate);
          isReal |= of[s] instanceof Numeric;
        }
      }
      if (!isReal) {
        return table(candidate, p, of);
      }
      requireEstimates();
      Numeric[] densities = new Numeric[p.length];
      for (int s = 0; s < p.length; s++) {
        densities[s] = (Numeric) of[s];
      }
      GainIntegral integral = new GainIntegral(p, densities);
      return new Advice.Gain(candidate, integral.information, integral.accuracy, null);
    }

    private Advice.Gain table(int candidate, double[] p, Posterior[] of) {
      double relative = bound(now);
      double[][] joint = new double[p.length][];
      double[] q = {};
      for (int s = 0; s < p.length; s++) {
        if (of[s] == null) {
          continue;
        }
        joint[s] = ((CategoricalPosterior) of[s]).probabilities();
        relative = Math.max(relative, bound(now) + bound(of[s]));
        q = q.length == 0 ? new double[joint[s].length] : q;
        for (int x = 0; x < q.length; x++) {
          joint[s][x] *= p[s];
          q[x] += joint[s][x];
        }
      }
      relative = 1.01 * relative + p.length * ULP; // of each entry and each sum
      double information = 0;
      double bound = 1e-280; // probabilities that are below 1e-290 have no relative bound
      double right = 0;
      for (int x = 0; x < q.length; x++) {
        double best = 0;
        for (int s = 0; s < p.length; s++) {
          double both = joint[s] == null ? 0 : joint[s][x];
          best = Math.max(best, both);
          if (both > 0) {
            double log = Math.log(both / q[x] / p[s]);
            information += both * log;
            // entry and log are both off: p log r by rel |log| + 3 rel
            bound +=
                both * (relative * Math.abs(log) + 3 * relative + 4 * ULP * (1 + Math.abs(log)));
          }
        }
        right += best;
      }
      bound = 1.01 * (bound + q.length * p.length * ULP * (1 + Math.abs(information)));
      double accuracyBound = 1.01 * right * (relative + q.length * ULP);
      return new Advice.Gain(
          candidate, exact(Math.max(0, information), bound), exact(right, accuracyBound), null);
    }
  }

  /** A real target. */
  private final class OfReal implements Pairs {
    private final int target;
    private final Numeric now;
    private final Evidence evidence;

    OfReal(int target, Numeric now, Evidence evidence) {
      this.target = target;
      this.now = now;
      this.evidence = evidence;
    }

    @Override
    public boolean occurs(int candidate) {
      return hasLeaf(candidate);
    }

    @Override
    public Advice.Gain gain(int candidate) {
      Posterior before = posterior(candidate, evidence);
      return before instanceof CategoricalPosterior states
          ? byStates(candidate, states)
          : drawn(candidate, (Numeric) before);
    }

    private Advice.Gain byStates(int candidate, CategoricalPosterior states) {
      requireEstimates();
      double[] p = states.probabilities();
      Numeric[] densities = new Numeric[p.length];
      double variance = 0;
      double bound = 0;
      for (int s = 0; s < p.length; s++) {
        if (p[s] > 0) {
          densities[s] = (Numeric) posterior(target, evidence.copy().observe(candidate, s));
          double left = densities[s].variance();
          variance += p[s] * left;
          bound +=
              p[s]
                  * (densities[s].varianceErrorBound()
                      + left * (bound(states) + (p.length + 2) * ULP));
        }
      }
      GainIntegral integral = new GainIntegral(p, densities);
      return new Advice.Gain(candidate, integral.information, exact(variance, 1.01 * bound), null);
    }

    /** The mean of log p(t, x) / (p(t) p(x)) over drawn rows, and of the variance left. */
    private Advice.Gain drawn(int candidate, Numeric before) {
      requireEstimates();
      int n = inference.circuit().numVariables();
      boolean isPoints = evidence.formula() == null;
      for (int v = 0; v < n; v++) {
        boolean isOpen = v == target || v == candidate || evidence.isUnobserved(v);
        isPoints &= isOpen || evidence.isPoint(v);
      }
      int count = isPoints ? DRAWN_ROWS : FEW_ROWS;
      long seed = inference.options().seed();
      double[] drawn = inference.sample(evidence, count, seed);
      double none = inference.marginal(evidence).value();
      double[] both = new double[count];
      double[] left = new double[count];
      if (isPoints) {
        double[] rows = new double[count * n];
        for (int r = 0; r < count; r++) {
          for (int v = 0; v < n; v++) {
            boolean isKnown = v == target || v == candidate || evidence.isPoint(v);
            rows[r * n + v] = isKnown ? drawn[r * n + v] : Double.NaN;
          }
        }
        BatchAnswers logs = inference.marginal(Batch.of(inference.circuit(), rows));
        for (int r = 0; r < count; r++) {
          both[r] = logs.value(r, 0);
        }
      }
      boolean inBulk = isPoints && evidence.isUnobserved(target);
      if (inBulk) {
        double[] rows = new double[count * n];
        for (int r = 0; r < count; r++) {
          for (int v = 0; v < n; v++) {
            boolean isKnown = v == candidate || evidence.isPoint(v);
            rows[r * n + v] = isKnown ? drawn[r * n + v] : Double.NaN;
          }
        }
        BatchAnswers moments = inference.posterior(target, Batch.of(inference.circuit(), rows));
        for (int r = 0; r < count; r++) {
          left[r] = moments.value(r, 1);
        }
      }
      Evidence more = evidence.copy();
      Mean information = new Mean();
      Mean variance = new Mean();
      for (int r = 0; r < count; r++) {
        Interruption.check();
        double t = drawn[r * n + target];
        double x = drawn[r * n + candidate];
        more.observe(candidate, x);
        if (!inBulk) {
          left[r] = ((Numeric) posterior(target, more)).variance();
        }
        if (!isPoints) {
          both[r] = inference.marginal(more.copy().observe(target, t)).value();
        }
        information.add(both[r] - none - now.logDensity(t) - before.logDensity(x));
        variance.add(left[r]);
      }
      Quantity told = information.estimate(seed);
      return new Advice.Gain(
          candidate,
          new Quantity(Math.max(0, told.value()), told.certificate()),
          variance.estimate(seed),
          null);
    }
  }

  /** A mean of drawn numbers and its standard error. */
  private static final class Mean {
    private int count;
    private double mean;
    private double squares;

    void add(double x) {
      count++;
      double off = x - mean;
      mean += off / count;
      squares += off * (x - mean);
    }

    Quantity estimate(long seed) {
      double error = Math.sqrt(squares / (count - 1) / count);
      return new Quantity(
          mean, new Certificate.Estimated(error, "mean over drawn rows", seed, count));
    }
  }
}

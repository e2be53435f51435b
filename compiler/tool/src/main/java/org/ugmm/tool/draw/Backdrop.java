package org.ugmm.tool.draw;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;

/**
 * Before what the posteriors of a model are drawn: the axis of each real variable, and what is
 * believed of each variable when nothing is known. Safe to share.
 */
public final class Backdrop {
  private final Circuit circuit;

  /** By name, those that are known. */
  private final Map<String, Posterior> priors = new HashMap<>();

  /** [variables] made when first asked for. */
  private final AtomicReferenceArray<Axis> axes;

  /** Asks what is believed when nothing is known; refusals leave that out. */
  public Backdrop(Inference inference) {
    circuit = inference.circuit();
    axes = new AtomicReferenceArray<>(circuit.numVariables());
    try {
      for (Posterior prior : inference.posteriors(new Evidence(circuit))) {
        priors.put(prior.variable().name(), prior);
      }
    } catch (RefusedException e) {
      priors.clear(); // the axes are those of the leaves then
    }
  }

  /** What all pages with drawings include. */
  public static String look() {
    try (InputStream in = Backdrop.class.getResourceAsStream("look.css")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks look.css");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is believed of a variable when nothing is known, null where that is not known. */
  public @Nullable Posterior prior(int variable) {
    return priors.get(circuit.variables().get(variable).name());
  }

  /** The axis of a variable, null for one that is not real. */
  public @Nullable Axis axis(int variable) {
    if (!(circuit.variables().get(variable) instanceof Variable.Real)) {
      return null;
    }
    Axis known = axes.get(variable);
    if (known == null) {
      known =
          prior(variable) instanceof Posterior.Numeric mixture
              ? Axis.of(mixture)
              : Axis.ofLeaves(circuit, variable);
      axes.set(variable, known);
    }
    return known;
  }

  /**
   * Draws what is believed of a variable, before what was believed when nothing was known.
   *
   * @return SVG; empty for a kind of posterior that has no drawing
   */
  public String draw(int variable, Posterior posterior) {
    Posterior prior = prior(variable);
    if (posterior instanceof CategoricalPosterior states) {
      return Plots.bars(states, prior instanceof CategoricalPosterior of ? of : null);
    }
    Axis axis = axis(variable);
    if (posterior instanceof Posterior.Numeric mixture && axis != null) {
      return Plots.density(
          mixture.variable().name(),
          axis,
          mixture,
          prior instanceof Posterior.Numeric of ? of : null,
          Double.NaN);
    }
    return posterior instanceof RealMoments moments && axis != null
        ? Plots.moments(axis, moments)
        : "";
  }

  /** Draws what is believed of a variable when nothing is known; empty where that is not known. */
  public String alone(int variable) {
    Posterior prior = prior(variable);
    Axis axis = axis(variable);
    if (prior instanceof CategoricalPosterior states) {
      return Plots.bars(states, null);
    }
    return prior instanceof Posterior.Numeric mixture && axis != null
        ? Plots.density(mixture.variable().name(), axis, mixture, null, Double.NaN)
        : "";
  }

  /** Draws a value of a real variable; empty for other variables. */
  public String draw(int variable, double value) {
    Axis axis = axis(variable);
    String name = circuit.variables().get(variable).name();
    return axis == null
        ? ""
        : Plots.density(
            name, axis, null, prior(variable) instanceof Posterior.Numeric of ? of : null, value);
  }
}

package org.ugmm.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Posterior.Numeric;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.mixture.LeafMixture;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * The posterior of a real variable given a formula: the mixture of those given its cubes. Where all
 * cubes leave the variable one interval it is a mixture of Gaussians on that; elsewhere its mean
 * and variance are told.
 */
final class CubeMixture {
  private final Variable variable;
  private final List<Part> parts = new ArrayList<>();
  private final LogSum total = new LogSum();

  private record Part(double log, double units, Numeric of) {}

  private record Component(NodeKind kind, List<Double> parameters) {}

  CubeMixture(Variable variable) {
    this.variable = variable;
  }

  /** Adds the posterior given a cube, by the cube's log mass and its error in units of 2^-53. */
  void add(double log, double units, Posterior posterior) {
    if (!(posterior instanceof Numeric mixture)) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "the posterior of '%s' is no mixture in some cases of the formula"
                  .formatted(variable.name()),
              variable.name()),
          "ask for the probability of intervals of it");
    }
    parts.add(new Part(log, units, mixture));
    total.add(log, units);
  }

  /** The mixture. */
  Posterior posterior() {
    if (parts.isEmpty()) {
      throw RefusedException.zeroProbability();
    }
    double worst = 0;
    boolean isOneInterval = true;
    for (Part part : parts) {
      if (share(part) > 0) {
        double own =
            Rounding.units(((Certificate.Exact) part.of.certificate()).relativeErrorBound());
        worst = Math.max(worst, part.units + Math.abs(part.log - total.value()) + own);
      }
      isOneInterval &= part.of.lo() == parts.get(0).of.lo() && part.of.hi() == parts.get(0).of.hi();
    }
    double units = worst + total.errorUnits() + 2.0 * parts.size() + 6;
    boolean areGaussian = parts.stream().allMatch(p -> p.of instanceof GaussianMixture);
    boolean areLeaves = parts.stream().allMatch(p -> p.of instanceof LeafMixture);
    if (isOneInterval && areGaussian) {
      return gaussians(units);
    }
    return isOneInterval && areLeaves ? leaves(units) : moments(units);
  }

  private double share(Part part) {
    return Math.exp(part.log - total.value());
  }

  private GaussianMixture gaussians(double units) {
    Map<Component, Double> weights = new LinkedHashMap<>();
    double uniform = 0;
    for (Part part : parts) {
      GaussianMixture of = (GaussianMixture) part.of;
      double[] weight = of.weights();
      double[] mean = of.means();
      double[] scale = of.scales();
      for (int k = 0; k < weight.length; k++) {
        merge(weights, NodeKind.GAUSSIAN, List.of(mean[k], scale[k]), share(part) * weight[k]);
      }
      uniform += share(part) * of.uniformWeight();
    }
    double sum = sum(weights) + uniform;
    return new GaussianMixture(
        (Real) variable,
        shares(weights, sum),
        weights.keySet().stream().mapToDouble(of -> of.parameters.get(0)).toArray(),
        weights.keySet().stream().mapToDouble(of -> of.parameters.get(1)).toArray(),
        uniform / sum,
        parts.get(0).of.lo(),
        parts.get(0).of.hi(),
        certificate(units));
  }

  private LeafMixture leaves(double units) {
    Map<Component, Double> weights = new LinkedHashMap<>();
    for (Part part : parts) {
      for (LeafMixture.Component of : ((LeafMixture) part.of).components()) {
        merge(weights, of.kind(), of.parameters(), share(part) * of.weight());
      }
    }
    return new LeafMixture(
        (Real) variable,
        shares(weights, sum(weights)),
        weights.keySet().stream().map(Component::kind).toList(),
        weights.keySet().stream()
            .map(of -> of.parameters.stream().mapToDouble(x -> x).toArray())
            .toList(),
        parts.get(0).of.lo(),
        parts.get(0).of.hi(),
        certificate(units));
  }

  private static void merge(
      Map<Component, Double> weights, NodeKind kind, List<Double> parameters, double weight) {
    if (weight > 0) {
      weights.merge(new Component(kind, parameters), weight, Double::sum);
    }
  }

  private static double sum(Map<Component, Double> weights) {
    double sum = 0;
    for (double weight : weights.values()) {
      sum += weight;
    }
    return sum;
  }

  /** Weights of sum 1 but for their last roundings, as the bound of the mean takes them. */
  private static double[] shares(Map<Component, Double> weights, double sum) {
    return weights.values().stream().mapToDouble(weight -> weight / sum).toArray();
  }

  private Certificate.Exact certificate(double units) {
    return Certify.exact(units, "the posterior of '%s'", variable.name());
  }

  private RealMoments moments(double units) {
    double relative = certificate(units).relativeErrorBound() + 8 * Rounding.U;
    Part heaviest = parts.get(0);
    for (Part part : parts) {
      heaviest = part.log > heaviest.log ? part : heaviest;
    }
    double origin = heaviest.of.mean();
    double offset = 0;
    double meanError = 0;
    for (Part part : parts) {
      double d = part.of.mean() - origin;
      offset += share(part) * d;
      double ofMeans = part.of.meanErrorBound() + heaviest.of.meanErrorBound();
      meanError += share(part) * (ofMeans + 2 * relative * Math.abs(d));
    }
    double variance = 0;
    double varianceError = 0;
    for (Part part : parts) {
      double d = part.of.mean() - origin - offset;
      double own = part.of.variance();
      double ofD = part.of.meanErrorBound() + meanError + 4 * Rounding.U * Math.abs(origin);
      variance += share(part) * (own + d * d);
      varianceError +=
          share(part)
              * (part.of.varianceErrorBound()
                  + 2 * relative * (own + d * d)
                  + ofD * (2 * Math.abs(d) + ofD));
    }
    double mean = origin + offset;
    meanError += heaviest.of.meanErrorBound() + 2 * Rounding.U * Math.abs(mean);
    double error = 1.05 * Math.max(meanError / Math.sqrt(variance), varianceError / variance);
    return new RealMoments((Real) variable, mean, variance, certificate(Rounding.units(error)));
  }
}

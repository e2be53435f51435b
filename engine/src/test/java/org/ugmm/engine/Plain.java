package org.ugmm.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;

/** Turns plain circuits and evidence into those of the engine, node for node. */
public final class Plain {
  private Plain() {}

  public static Circuit circuit(PlainCircuit plain) {
    List<Variable> variables = new ArrayList<>();
    for (PlainVariable v : plain.variables()) {
      variables.add(variable(v));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    for (PlainNode node : plain.nodes()) {
      add(builder, plain, node);
    }
    return builder.build(plain.root());
  }

  private static Variable variable(PlainVariable plain) {
    if (plain instanceof PlainVariable.Categorical categorical) {
      String[] states = new String[categorical.numStates()];
      Arrays.setAll(states, k -> "s" + k);
      return Variable.categorical(plain.name(), states);
    }
    PlainVariable.Real real = (PlainVariable.Real) plain;
    if (real.domain() != null) {
      return Variable.real(plain.name(), real.domain().lo(), real.domain().hi());
    }
    return new Variable.Real(
        plain.name(),
        Double.NEGATIVE_INFINITY,
        Double.POSITIVE_INFINITY,
        real.prior() == null
            ? null
            : new Variable.Prior(real.prior().mean(), real.prior().scale()));
  }

  private static void add(CircuitBuilder builder, PlainCircuit plain, PlainNode node) {
    if (node instanceof PlainNode.Gaussian g) {
      if (plain.variables().get(g.var()) instanceof PlainVariable.Categorical categorical) {
        double[] logs = new double[categorical.numStates()];
        Arrays.setAll(
            logs, k -> GaussianMass.logDensity(categorical.codes()[k], g.mean(), g.scale()));
        builder.categoricalLog(g.var(), logs);
      } else {
        builder.gaussian(g.var(), g.mean(), g.scale());
      }
    } else if (node instanceof PlainNode.Categorical k) {
      builder.categoricalLog(k.var(), Arrays.stream(k.p()).map(Math::log).toArray());
    } else if (node instanceof PlainNode.Base base) {
      base(builder, plain, base.var());
    } else if (node instanceof PlainNode.Constant constant) {
      builder.constantLog(constant.logValue());
    } else if (node instanceof PlainNode.Product product) {
      builder.product(product.children());
    } else if (node instanceof PlainNode.WeightedSum sum) {
      builder.sumLinear(sum.children(), sum.weights());
    } else if (node instanceof PlainNode.Link link) {
      builder.link(link.child(), link.mean(), link.scale());
    }
  }

  private static void base(CircuitBuilder builder, PlainCircuit plain, int v) {
    if (plain.variables().get(v) instanceof PlainVariable.Categorical categorical) {
      builder.categoricalLog(v, new double[categorical.numStates()]);
      return;
    }
    PlainVariable.Prior prior = ((PlainVariable.Real) plain.variables().get(v)).prior();
    if (prior == null) {
      builder.base(v);
    } else {
      builder.gaussian(v, prior.mean(), prior.scale());
    }
  }

  public static Evidence evidence(Circuit circuit, List<PlainEvidence> plain) {
    Evidence evidence = new Evidence(circuit);
    for (int v = 0; v < plain.size(); v++) {
      PlainEvidence p = plain.get(v);
      if (p instanceof PlainEvidence.Point point) {
        evidence.observe(v, point.value());
      } else if (p instanceof PlainEvidence.Interval interval) {
        evidence.interval(v, interval.lo(), interval.hi());
      } else if (p instanceof PlainEvidence.States states) {
        double[] likelihood = new double[states.allowed().length];
        Arrays.setAll(likelihood, k -> states.allowed()[k] ? 1 : 0);
        evidence.likelihood(v, likelihood);
      } else if (p instanceof PlainEvidence.Likelihood likelihood) {
        evidence.likelihood(v, likelihood.perState());
      }
    }
    return evidence;
  }
}

package org.ugmm.tool.answer;

import java.util.List;

/** What is known of one variable, as it is shown. */
public sealed interface Known {
  /** The value of a real variable. */
  record Value(double value) implements Known {}

  /** The state of a categorical variable. */
  record State(String name) implements Known {}

  /** An interval of a real variable; an end may be infinite. */
  record Interval(double lo, double hi) implements Known {}

  /** Some states of a categorical variable. */
  record States(List<String> names) implements Known {}

  /** A likelihood of some states of a categorical variable, linear; of the others it is 0. */
  record Likelihood(List<String> names, List<Double> likelihoods) implements Known {}
}

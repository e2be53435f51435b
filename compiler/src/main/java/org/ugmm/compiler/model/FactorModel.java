package org.ugmm.compiler.model;

import java.util.List;

/**
 * A product of tables over categorical variables: a Bayesian network, whose tables are conditional
 * distributions, or a Markov network. A table has one entry for each joint state of its scope.
 *
 * @param source the name of the file
 * @param format the format it came in
 * @param variables the variables, all categorical
 * @param factors the tables
 * @param notes what a user should know of the reading, such as rows that were rounded in the file
 */
public record FactorModel(
    String source,
    String format,
    List<ModelVariable> variables,
    List<Factor> factors,
    List<String> notes)
    implements Model {
  /** Copies the lists. */
  public FactorModel {
    variables = List.copyOf(variables);
    factors = List.copyOf(factors);
    notes = List.copyOf(notes);
  }

  /** Number of states of a variable. */
  public int numStates(int variable) {
    return variables.get(variable).codes().size();
  }
}

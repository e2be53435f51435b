package example;

/**
 * What was found of a variable of the model, or what a rule takes for granted. A fact of the rules;
 * two that say the same are two, or else what was found could not be told from what follows.
 */
public final class Reading {
  private final String variable;
  private final String state;

  public Reading(String variable, String state) {
    this.variable = variable;
    this.state = state;
  }

  public String getVariable() {
    return variable;
  }

  public String getState() {
    return state;
  }
}

package example;

/** What the rules conclude; it goes when its reason does. */
public record Conclusion(String what) {}

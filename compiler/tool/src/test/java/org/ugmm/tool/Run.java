package org.ugmm.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ugmm.testdata.Golden;
import org.ugmm.tool.out.StandardOutput;

/** One run of the command inside the test's JVM: its exit status and what it printed. */
record Run(int status, String out, String err) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static final String IRIS_DEEP = "models/iris-deep/iris.network.json";
  static final String IRIS_CIRCUIT = "models/iris-circuit/iris.graph.json";

  /** Runs the command; {@code @path} stands for a golden file. */
  static Run of(String... args) {
    return withInput("", args);
  }

  static Run withInput(String input, String... args) {
    String[] resolved =
        Arrays.stream(args)
            .map(a -> a.startsWith("@") ? Golden.find(a.substring(1)).toString() : a)
            .toArray(String[]::new);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream outStream = StandardOutput.over(out);
    PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8);
    int status =
        Main.run(
            new Console(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                outStream,
                errStream,
                false,
                false,
                StandardOutput.UNLIMITED),
            resolved);
    outStream.flush();
    return new Run(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  List<String> lines() {
    return out.lines().toList();
  }

  JsonNode json() {
    try {
      return JSON.readTree(out);
    } catch (IOException e) {
      throw new AssertionError("not one JSON document: " + out, e);
    }
  }
}

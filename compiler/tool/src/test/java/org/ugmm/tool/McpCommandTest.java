package org.ugmm.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ugmm.testdata.Golden;
import org.ugmm.tool.out.StandardOutput;

/** A scripted client of the protocol, and the SDK's own. */
class McpCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The common pool may have one thread, which the server keeps. */
  private static final Executor OWN_THREAD = task -> new Thread(task).start();

  private static final Set<String> TOOLS =
      Set.of(
          "describe_model",
          "marginal",
          "posterior",
          "joint",
          "probability",
          "mpe",
          "k_best",
          "sample",
          "explain",
          "advise",
          "assert_evidence",
          "retract_evidence");

  private static final String HELLO =
      """
      {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}}\
      """;

  private PrintStream toServer;
  private BufferedReader fromServer;
  private CompletableFuture<Integer> status;

  @BeforeEach
  void start() throws IOException {
    // not the piped streams of java.io, which fail where the thread that wrote last has ended
    Pipe questions = Pipe.open();
    Pipe answers = Pipe.open();
    toServer = new PrintStream(Channels.newOutputStream(questions.sink()), true, UTF_8);
    fromServer = new BufferedReader(Channels.newReader(answers.source(), UTF_8.newDecoder(), -1));
    String model = Golden.find(Run.IRIS_CIRCUIT).toString();
    status =
        CompletableFuture.supplyAsync(
            () -> {
              try (OutputStream out = Channels.newOutputStream(answers.sink())) {
                Console console =
                    new Console(
                        Channels.newInputStream(questions.source()),
                        StandardOutput.over(out),
                        System.err,
                        false,
                        false,
                        StandardOutput.UNLIMITED);
                return Main.run(console, "mcp", model);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            OWN_THREAD);
    JsonNode hello = ask(HELLO);
    assertEquals("ugmm", hello.at("/result/serverInfo/name").asText());
    send("{\"jsonrpc\": \"2.0\", \"method\": \"notifications/initialized\"}");
  }

  @AfterEach
  void end() throws Exception {
    toServer.close();
    assertEquals(0, status.get());
    assertNull(fromServer.readLine());
  }

  private void send(String message) {
    toServer.print(message.replace("\n", " ") + "\n");
    toServer.flush();
  }

  private JsonNode receive() throws IOException {
    JsonNode answer = JSON.readTree(fromServer.readLine());
    assertEquals("2.0", answer.get("jsonrpc").asText(), answer.toString());
    return answer;
  }

  private JsonNode ask(String message) throws IOException {
    send(message);
    return receive();
  }

  private static String call(int id, String tool, String arguments) {
    return """
    {"jsonrpc": "2.0", "id": %d, "method": "tools/call",
     "params": {"name": "%s", "arguments": %s}}\
    """
        .formatted(id, tool, arguments);
  }

  private JsonNode result(String tool, String arguments) throws IOException {
    JsonNode answer = ask(call(7, tool, arguments));
    assertEquals(7, answer.get("id").asInt());
    assertFalse(answer.at("/result/isError").asBoolean(), answer.toString());
    JsonNode structured = answer.at("/result/structuredContent");
    assertEquals(structured, JSON.readTree(answer.at("/result/content/0/text").asText()));
    return structured;
  }

  private String error(String tool, String arguments) throws IOException {
    JsonNode answer = ask(call(8, tool, arguments));
    assertTrue(answer.at("/result/isError").asBoolean(), answer.toString());
    return answer.at("/result/content/0/text").asText();
  }

  @Test
  void toolsList_model_namesEachToolWithSchemas() throws IOException {
    JsonNode tools = ask("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}");
    Set<String> names = new TreeSet<>();
    for (JsonNode tool : tools.at("/result/tools")) {
      names.add(tool.get("name").asText());
      assertEquals("object", tool.at("/inputSchema/type").asText());
      assertEquals("object", tool.at("/outputSchema/type").asText());
      assertFalse(tool.get("description").asText().isEmpty());
    }
    assertEquals(new TreeSet<>(TOOLS), names);
  }

  @Test
  void queries_answers_areThoseOfTheCommand() throws IOException {
    String[][] queries = {
      {"posterior", "{\"variables\": [\"species\"], \"given\": {\"sepal_length\": 5.1}}"},
      {"marginal", "{\"given\": {\"sepal_length\": [5, null], \"species\": [\"setosa\"]}}"},
      {"mpe", "{\"given\": {\"species\": \"virginica\"}}"},
      {"joint", "{\"variables\": [\"species\"], \"given\": {\"petal_width\": 1.4}}"},
      {
        "probability",
        "{\"formula\": \"petal_length > 3 or species = setosa\", \"given\": {\"sepal_width\": 3}}"
      },
      {"mpe", "{\"where\": \"species != setosa\"}"},
      {"sample", "{\"count\": 3, \"given\": {\"petal_width\": 1.4}}"},
    };
    String[][] options = {
      {"--posterior", "species", "--given", "sepal_length=5.1"},
      {"--marginal", "--given", "sepal_length=[5,inf]", "--given", "species={setosa}"},
      {"--mpe", "--given", "species=virginica"},
      {"--joint", "species", "--given", "petal_width=1.4"},
      {"--probability-of", "petal_length > 3 or species = setosa", "--given", "sepal_width=3"},
      {"--mpe", "--where", "species != setosa"},
      {"--sample", "3", "--given", "petal_width=1.4"},
    };
    for (int q = 0; q < queries.length; q++) {
      String[] command = new String[3 + options[q].length];
      command[0] = "query";
      command[1] = "@" + Run.IRIS_CIRCUIT;
      command[2] = "--json";
      System.arraycopy(options[q], 0, command, 3, options[q].length);
      Run run = Run.of(command);
      assertEquals(0, run.status(), run.err());
      assertEquals(run.json(), result(queries[q][0], queries[q][1]), queries[q][0]);
    }
    for (String tool : List.of("explain", "advise")) {
      Run run =
          Run.of(
              tool,
              "@" + Run.IRIS_CIRCUIT,
              "--json",
              "--target",
              "species",
              "--given",
              "petal_width=1.4",
              "--given",
              "sepal_width=3");
      assertEquals(0, run.status(), run.err());
      String asked =
          "{\"target\": \"species\", \"given\": {\"petal_width\": 1.4, \"sepal_width\": 3}}";
      assertEquals(run.json(), result(tool, asked), tool);
    }
    assertEquals(
        "sepal_length",
        result("describe_model", "{}").at("/variables/0/name").asText(),
        "as inspect --json");
  }

  @Test
  void evidence_assertedAndRetracted_countsInBetween() throws IOException {
    JsonNode before = result("posterior", "{\"variables\": [\"petal_length\"]}").get("value");
    JsonNode known = result("assert_evidence", "{\"given\": {\"species\": \"setosa\"}}");
    assertEquals("setosa", known.at("/given/species").asText());
    JsonNode setosa = result("posterior", "{\"variables\": [\"petal_length\"]}");
    assertEquals("setosa", setosa.at("/given/species").asText());
    assertTrue(setosa.at("/value/mean").asDouble() < before.get("mean").asDouble());
    // a call's own evidence stands above what is asserted, for that call
    String virginica =
        "{\"variables\": [\"petal_length\"], \"given\": {\"species\": \"virginica\"}}";
    assertEquals("virginica", result("posterior", virginica).at("/given/species").asText());
    assertTrue(error("assert_evidence", "{\"given\": {\"species\": \"rose\"}}").contains("rose"));
    assertEquals(
        "setosa",
        result("retract_evidence", "{\"variables\": [\"petal_length\"]}")
            .at("/given/species")
            .asText());
    assertTrue(result("retract_evidence", "{}").get("given").isEmpty());
    assertEquals(before, result("posterior", "{\"variables\": [\"petal_length\"]}").get("value"));
  }

  @Test
  void malformedCalls_eachAnsweredWithAnError_andTheSessionGoesOn() throws IOException {
    assertEquals(-32700, ask("{\"jsonrpc\": ").at("/error/code").asInt());
    assertEquals(-32700, ask("[1, 2]").at("/error/code").asInt());
    assertEquals(-32600, ask("{\"id\": 3}").at("/error/code").asInt());
    assertEquals(
        -32601, ask("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"x\"}").at("/error/code").asInt());
    assertEquals(-32602, ask(call(5, "no_such_tool", "{}")).at("/error/code").asInt());
    assertTrue(error("marginal", "{\"given\": {\"stem\": 1}}").contains("no variable 'stem'"));
    assertTrue(error("marginal", "{\"given\": 5}").contains("object expected"));
    assertTrue(
        error("marginal", "{\"given\": {\"sepal_length\": {\"a\": 1}}}").contains("expected"));
    assertTrue(error("joint", "{}").contains("variables"));
    assertTrue(error("explain", "{\"target\": \"stem\"}").contains("no variable 'stem'"));
    assertTrue(error("k_best", "{\"count\": 2}").contains("deterministic"));
    assertTrue(error("marginal", "{\"modle\": \"x\"}").contains("modle"));
    assertEquals("EXACT", result("marginal", "{}").at("/certificate/kind").asText());
  }

  @Test
  void calls_thousandAtOnceAndOneCancelled_areAllAnswered() throws IOException {
    int count = 1000;
    JsonNode expected = result("posterior", "{\"variables\": [\"species\"]}");
    CompletableFuture<Void> sending =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < count; i++) {
                send(call(100 + i, "posterior", "{\"variables\": [\"species\"]}"));
              }
              send(
                  """
                  {"jsonrpc": "2.0", "method": "notifications/cancelled",
                   "params": {"requestId": 150}}\
                  """);
            },
            OWN_THREAD);
    Set<Integer> ids = new HashSet<>();
    for (int i = 0; i < count; i++) {
      JsonNode answer = receive();
      assertEquals(expected, answer.at("/result/structuredContent"));
      ids.add(answer.get("id").asInt());
    }
    sending.join();
    assertEquals(count, ids.size());
  }

  /** What a client that does not wait gets, and the exit status. */
  private static Run unattended(String... messages) {
    StringBuilder lines = new StringBuilder();
    for (String message : messages) {
      lines.append(message.replace("\n", " ")).append('\n');
    }
    return Run.withInput(lines.toString(), "mcp", "@" + Run.IRIS_CIRCUIT);
  }

  @Test
  @Timeout(60)
  void calls_beforeInitialisation_areRefusedAndTheServerEnds() throws IOException {
    Run run =
        unattended(
            "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}",
            HELLO,
            call(2, "marginal", "{}"),
            "{\"jsonrpc\": \"2.0\", \"method\": \"notifications/initialized\"}",
            call(3, "marginal", "{}"));
    assertEquals(0, run.status(), run.err());
    Map<Integer, JsonNode> answers = new HashMap<>();
    for (String line : run.lines()) {
      JsonNode answer = JSON.readTree(line);
      answers.put(answer.get("id").asInt(), answer);
    }
    assertEquals(Set.of(0, 1, 2, 3), answers.keySet());
    for (int early : new int[] {1, 2}) {
      JsonNode error = answers.get(early).get("error");
      assertEquals(-32600, error.get("code").asInt());
      assertTrue(error.get("message").asText().contains("notifications/initialized"));
    }
    assertTrue(answers.get(0).has("result"));
    assertFalse(answers.get(3).at("/result/isError").asBoolean(), answers.get(3).toString());
  }

  @Test
  @Timeout(60)
  void output_fails_isStatusOneAndNotSilence() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    int status =
        Main.run(
            new Console(
                new ByteArrayInputStream((HELLO.replace("\n", " ") + "\n").getBytes(UTF_8)),
                StandardOutput.over(full),
                new PrintStream(err, true, UTF_8),
                false,
                false,
                StandardOutput.UNLIMITED),
            "mcp",
            Golden.find(Run.IRIS_CIRCUIT).toString());
    assertEquals(1, status);
    assertEquals(
        "ugmm: standard output: cannot be written: No space left on device",
        err.toString(UTF_8).strip());
  }

  @Test
  void sdkClient_ownProcess_listsAndCalls() {
    ServerParameters server =
        ServerParameters.builder(System.getProperty("java.home") + "/bin/java")
            .args(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.ugmm.tool.Main",
                "mcp",
                "flowers=" + Golden.find(Run.IRIS_CIRCUIT),
                "deep=" + Golden.find(Run.IRIS_DEEP))
            .build();
    StdioClientTransport transport =
        new StdioClientTransport(server, new JacksonMcpJsonMapper(JSON));
    try (McpSyncClient client = McpClient.sync(transport).build()) {
      client.initialize();
      assertEquals(
          TOOLS, new HashSet<>(client.listTools().tools().stream().map(Tool::name).toList()));
      CallToolResult posterior =
          client.callTool(
              new CallToolRequest(
                  "posterior",
                  Map.of(
                      "model",
                      "flowers",
                      "variables",
                      List.of("species"),
                      "given",
                      Map.of("petal_length", 1.4))));
      JsonNode content = JSON.valueToTree(posterior.structuredContent());
      assertEquals("EXACT", content.at("/certificate/kind").asText());
      assertTrue(content.at("/value/probabilities/setosa").asDouble() > 0.99);
      CallToolResult refused =
          client.callTool(
              new CallToolRequest(
                  "posterior",
                  Map.of("model", "deep", "variables", List.of("species"), "given", Map.of())));
      assertTrue(refused.isError());
      assertTrue(refused.content().toString().contains("domain"), refused.content().toString());
      CallToolResult which = client.callTool(new CallToolRequest("marginal", Map.of()));
      assertTrue(which.isError());
      assertTrue(which.content().toString().contains("model"), which.content().toString());
    }
  }
}

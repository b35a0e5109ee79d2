import { type Command, type Commands, defineCommand, loadAll, UsageError } from "./command.ts";
import { type Shell, toScript } from "./completion/script.ts";
import { oneOfWords } from "./one-of.ts";

/** The command that makes shells complete these commands. */
export function completionCommand(commands: Commands): Command {
  return defineCommand({
    name: "completion",
    summary: "Write what makes a shell complete commands and options",
    usage: "completion bash|zsh|fish",
    description: "Files are completed where paths are wanted, and words where an option takes one of a few.",
    examples: [
      { command: 'eval "$(chancery completion bash)"', what: "in ~/.bashrc" },
      { command: 'eval "$(chancery completion zsh)"', what: "in ~/.zshrc, after compinit" },
      { command: "chancery completion fish > ~/.config/fish/completions/chancery.fish", what: "for fish" },
    ],
    options: {},
    async run({ positionals }, io) {
      const [name, ...others] = positionals;
      if (name === undefined || others.length > 0) throw new UsageError("Which shell? Name one: bash, zsh or fish");
      const shell: Shell = oneOfWords(name, ["bash", "zsh", "fish"]);
      io.stdout.write(toScript(shell, await loadAll(commands)));
      return 0;
    },
  });
}

// Loaded into firebase-tools before it starts. In a deployment the functions of a queue or a schedule
// have machines of their own, and here all share this one: their processes get out of the way of
// those that a user waits for.
const childProcess = require("node:child_process");
const os = require("node:os");

const BACKGROUND = new Set(["reconcile", "sweep"]);
const niceness = Number(process.env.FIREPOD_BACKGROUND_NICENESS ?? os.constants.priority.PRIORITY_BELOW_NORMAL);

const { spawn } = childProcess;
childProcess.spawn = function (command, args, options) {
  const child = spawn.apply(this, arguments);
  // Nobody but root may raise a priority again.
  if (child.pid && BACKGROUND.has(options?.env?.FUNCTION_TARGET) && os.getPriority() < niceness) {
    os.setPriority(child.pid, niceness);
  }
  return child;
};

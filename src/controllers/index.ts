/** controllers: what makes pods, endpoints and node health follow the objects. */
export { type RunControllersOptions, runControllers } from "./run-controllers.ts";
